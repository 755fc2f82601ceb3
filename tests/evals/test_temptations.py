"""What the gate learns not to believe: items that nobody said, and crowds that speak to nobody."""

import itertools
from pathlib import Path

import pytest

from core.speech.audio import read_clip
from core.speech.words import spoken_words
from evals.corpus.casting import VOICES
from evals.manifest import Utterance, read_shipped
from evals.temptations import CROWD, CROWD_S, DECOY, ITEMS, STRANGER, UNSAID, Unsaid, make_crowds


@pytest.fixture(scope="module")
def dev() -> list[Utterance]:
    return [one for one in read_shipped() if one.slices.get("split") == "dev" and one.kind == "positive"]


@pytest.mark.parametrize("sort", [DECOY, STRANGER])
def test_of_the_items_beside_a_clip_none_was_said(dev: list[Utterance], sort: str) -> None:
    unsaid = Unsaid(dev)
    for one in dev[::20]:
        tempted = unsaid.put_beside(one, sort)
        assert len(tempted.context) == ITEMS
        assert tempted.slices[UNSAID] == sort
        assert tempted.audio_path == one.audio_path
        said = set(spoken_words(one.text))
        assert all(said.isdisjoint(spoken_words(item.text)) for item in tempted.context)
        assert unsaid.put_beside(one, sort) == tempted


def test_a_decoy_sounds_like_what_was_said(dev: list[Utterance]) -> None:
    one = next(one for one in dev if one.text == "Nwankwo.")
    unsaid = Unsaid(dev)
    assert unsaid.put_beside(one, DECOY).context[:2] != unsaid.put_beside(one, STRANGER).context[:2]


def test_crowds_stand_beside_the_dialogues_and_say_nothing(
    dev: list[Utterance], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(VOICES, "dev", {"hibari/heart": 1, "flite/slt": 1})  # quick ones
    crowds = list(itertools.islice(make_crowds(dev[:2], tmp_path), 3))
    assert [crowd.dialogue_id for crowd in crowds] == [dev[0].dialogue_id, dev[1].dialogue_id, dev[0].dialogue_id]
    assert {(crowd.text, crowd.kind, crowd.slices[UNSAID]) for crowd in crowds} == {("", "no_speech", CROWD)}
    assert len({crowd.utterance_id for crowd in crowds}) == len({crowd.audio_path for crowd in crowds}) == 3
    assert all(CROWD_S[0] <= read_clip(crowd.audio_path).duration_s <= CROWD_S[1] for crowd in crowds)
