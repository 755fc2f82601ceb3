"""Meaning alone, with the real embedder and few items."""

import pytest

from core.dialogue import ContextItem, Turn
from evals import meaning
from evals.meaning import WAYS, draw_pool, is_found, list_turns, load_vectors, main, measure
from tests.evals.builders import an_utterance

OWN = (ContextItem("contacts", "Meg Bauer"), ContextItem("contacts", "Meg Jones"))
DIALOGUE = (Turn("user", "Call Meg."), Turn("assistant", "Do you mean Meg Jones or Meg Bauer?"))
ASKED = an_utterance(
    "u1", "d1", "Bauer.", bias_words=("Bauer",), context=OWN, dialogue=DIALOGUE, slices={"signal": "contacts"}
)
LIST = (ContextItem("screen", "Goulash"), ContextItem("screen", "Pavlova"))
SHOWN = an_utterance(
    "u2",
    "d2",
    "Goulash.",
    bias_words=("Goulash",),
    context=LIST,
    dialogue=(Turn("assistant", "Which recipe?"),),
    slices={"signal": "screen"},
)


def test_the_command_prints_each_way(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    turns = list_turns("dev")
    monkeypatch.setattr(meaning, "list_turns", lambda _: [turns[0], turns[-1]])
    monkeypatch.setattr(meaning, "POOL", 60)
    assert main(["--split", "dev"]) == 0
    heading, *rows = capsys.readouterr().out.splitlines()
    assert heading.startswith("2 turns: the item is among the 50 of 60")
    assert [row.split()[0] for row in rows] == list(WAYS)


def test_meaning_finds_what_another_dialogue_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(meaning, "CHOSEN", 2)
    pool = [item for item in draw_pool() if item.text not in {own.text for own in OWN}][:50]
    embed = load_vectors([ASKED, SHOWN], pool)
    assert is_found(ASKED, SHOWN, WAYS["vector"], pool, embed)
    assert not is_found(ASKED, SHOWN, WAYS["placebo"], pool, embed)
    found, *_, placebo = measure([ASKED, SHOWN], pool, embed)
    assert found.split()[1] in {"50.0%", "100.0%"}
    assert placebo.split()[1] == "0.0%"


def test_what_no_item_names_is_never_found() -> None:
    nothing = an_utterance("u3", "d3", "Bauer.", bias_words=("Bauer",), dialogue=DIALOGUE)
    assert not is_found(nothing, ASKED, WAYS["vector"], OWN, load_vectors([nothing], OWN))


def test_the_pool_is_the_same_every_time_and_holds_nothing_twice() -> None:
    pool = draw_pool()
    assert pool == draw_pool()
    assert len({(item.signal, item.text) for item in pool}) == meaning.POOL
