"""The running context over a real store: sealed, decayed, expiring."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from core.context.__main__ import main
from core.context.rounds import RunningContext, encode_sequence, rank_by
from core.context.sequence import HALF_LIFE_ROUNDS, ROUNDS, weigh
from core.dialogue import Turn
from core.errors import InteractionExpired
from core.settings import ROOT
from core.store.vault import Vault
from tests.commands import exit_status
from tests.contracts.store import TurnedClock
from tests.core.context.embeddings import embed_by_hash

if TYPE_CHECKING:
    from core.context.embedding import Embedder

COFFEE = [
    Turn("user", "Find a coffee shop near me."),
    Turn("assistant", "I found three coffee shops nearby."),
    Turn("user", "How warm is it?"),
    Turn("assistant", "It is twenty degrees."),
]


def fill(running: RunningContext, turns: list[Turn]) -> RunningContext:
    for turn in turns:
        running.add(turn)
    return running


def test_each_turn_is_a_row_and_what_is_older_weighs_less(vault: Vault) -> None:
    sequence = fill(RunningContext(vault.begin(), embed_by_hash), COFFEE).read()
    assert sequence.names == ("user", "assistant", "user", "assistant")
    assert sequence.rounds_ago == (1, 1, 0, 0)
    assert sequence.weights.tolist() == pytest.approx([weigh(1), weigh(1), 1.0, 1.0])
    assert np.array_equal(sequence.vectors, embed_by_hash([turn.text for turn in COFFEE]))


def test_a_turn_weighs_half_after_its_half_life() -> None:
    assert weigh(HALF_LIFE_ROUNDS) == 0.5
    assert weigh(2 * HALF_LIFE_ROUNDS) == 0.25


def test_other_information_is_a_row_whose_newest_text_counts(vault: Vault) -> None:
    running = fill(RunningContext(vault.begin(), embed_by_hash), COFFEE[:2])
    for name, text in [("device", "a car"), ("likes", "quiet places"), ("device", "a kitchen"), ("likes", " ")]:
        running.tell(name, text)
    sequence = running.read()
    assert (sequence.names[2:], sequence.rounds_ago[2:]) == (("device",), (None,))
    assert np.array_equal(sequence.vectors[2], embed_by_hash(["a kitchen"])[0])


def test_a_speaker_is_no_name_for_information(vault: Vault) -> None:
    with pytest.raises(ValueError, match="names turns"):
        RunningContext(vault.begin(), embed_by_hash).tell("user", "a car")


def test_only_the_last_rounds_are_read(vault: Vault) -> None:
    turns = [Turn("user", f"Question {number}") for number in range(ROUNDS + 3)]
    sequence = fill(RunningContext(vault.begin(), embed_by_hash), turns).read()
    assert sequence.rounds_ago == tuple(reversed(range(ROUNDS)))


def test_where_nothing_was_said_there_is_nothing_to_read(vault: Vault) -> None:
    sequence = fill(RunningContext(vault.begin(), embed_by_hash), [Turn("user", " ")]).read()
    assert (sequence.names, sequence.summarize()) == ((), None)
    assert rank_by(sequence, ["b", "a"], embed_by_hash) == [("a", 0.0), ("b", 0.0)]


def test_the_vectors_are_sealed_on_the_disk(vault: Vault, tmp_path: Path) -> None:
    fill(RunningContext(vault.begin(), embed_by_hash), COFFEE)
    vector = embed_by_hash([COFFEE[0].text])[0].astype("<f4").tobytes()
    assert all(vector not in path.read_bytes() for path in tmp_path.iterdir())


def test_the_sequence_expires_with_its_interaction(vault: Vault, clock: TurnedClock) -> None:
    running = fill(RunningContext(vault.begin(), embed_by_hash), COFFEE)
    clock.at_ms += 301_000
    assert running.read().names == ()
    with pytest.raises(InteractionExpired):
        running.add(COFFEE[0])


def test_what_was_said_two_rounds_ago_still_ranks_first(vault: Vault, embedder: "Embedder") -> None:
    texts = ["the second coffee shop", "the kitchen lamp", "my sister's phone"]
    whole = fill(RunningContext(vault.begin(), embedder.encode), COFFEE).read()
    assert rank_by(whole, texts, embedder.encode)[0][0] == "the second coffee shop"


def test_a_preference_decides_between_equals(vault: Vault, embedder: "Embedder") -> None:
    asked = [Turn("user", "Find a restaurant."), Turn("assistant", "I found two restaurants.")]
    texts = ["Lotus, an Indian restaurant", "Marino, an Italian restaurant"]
    best = {}
    for likes in ("Indian food and curry", "Italian food and pasta"):
        running = fill(RunningContext(vault.begin(), embedder.encode), asked)
        running.tell("preferences", likes)
        best[likes] = rank_by(running.read(), texts, embedder.encode)[0][0]
    assert list(best.values()) == texts


def test_any_model_can_read_the_sequence_as_json(vault: Vault) -> None:
    sequence = fill(RunningContext(vault.begin(), embed_by_hash), COFFEE).read()
    rows = json.loads(encode_sequence(sequence))
    assert [(row["name"], row["rounds_ago"]) for row in rows] == list(
        zip(sequence.names, sequence.rounds_ago, strict=True)
    )
    assert np.allclose([row["vector"] for row in rows], sequence.vectors)


def test_the_command_prints_one_line_a_row(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(ROOT / "data" / "dialogues" / "coffee_shops.json")]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[1:]] == ["user", "assistant"] * 3 + ["device", "time"]
    assert "384 numbers" in lines[0]


@pytest.mark.parametrize("content", ["", "[]", '{"turns": [{"speaker": "nobody", "text": "x"}]}', '{"turns": 3}'])
def test_a_file_that_is_no_dialogue_is_one_clear_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str
) -> None:
    path = tmp_path / "dialogue.json"
    path.write_text(content, encoding="utf-8")
    assert exit_status(main, [str(path)]) == 1
    assert "dialogue.json cannot be used as a dialogue" in capsys.readouterr().err
