"""Clips beside items that nobody said: what the gate learns not to believe.

Decoys are the items that sound most like what is said; strangers any others. Of both, two are named in the reply every
second time. In crowds many talk at once, and nobody to the assistant.
"""

import itertools
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from core.context.bias import build_bias_list
from core.dialogue import ContextItem, Turn
from core.speech.shortlist import match_hotwords
from core.speech.words import spoken_words
from evals.corpus.casting import VOICES
from evals.corpus.clips import make_clip, write_flac
from evals.corpus.texts import FollowUp
from evals.manifest import Utterance

UNSAID, DECOY, STRANGER, CROWD = "unsaid", "decoy", "stranger", "crowd"
ITEMS = 11  # beside a clip of which none is said
CROWDS = 250
TALKERS = (4, 6, 8, 12, 20)  # of the dev split; a word of one can be made out now and then
CROWD_S = (1.2, 3.5)
CROWD_DBFS = (-38.0, -30.0, -26.0, -20.0)


class Unsaid:
    """The items of the sets by how they sound."""

    def __init__(self, utterances: Iterable[Utterance]) -> None:
        items = {item.text: item for one in utterances for item in one.context}.values()
        self._words = {item: frozenset(spoken_words(item.text)) for item in items}
        self._by_word = {word: item for item in items for word in item.text.split()}
        self._hotwords = build_bias_list((ContextItem("list", word), 0.0) for word in self._by_word).hotwords

    def put_beside(self, one: Utterance, sort: str) -> Utterance:
        """The same clip beside items none of which is said; two that sound most like it come first among decoys."""
        rng = draw(one)
        said = frozenset(spoken_words(one.text))
        near = self._find_alike(one.text, said) if sort == DECOY else []
        others = [item for item in rng.sample(list(self._words), 40) if said.isdisjoint(self._words[item])]
        items = (*near, *others[: ITEMS - len(near)])
        asked = f"Do you mean {items[0].text} or {items[2].text}?" if rng.random() < 0.5 else "Which one do you mean?"
        turns = (Turn("user", "I want one of them."), Turn("assistant", asked))
        return replace(one, slices={**one.slices, UNSAID: sort}, dialogue=turns, context=items)

    def _find_alike(self, text: str, said: frozenset[str]) -> list[ContextItem]:
        alike = (self._by_word.get(match.run) for match in match_hotwords(self._hotwords, [text]))
        return list(dict.fromkeys(item for item in alike if item and said.isdisjoint(self._words[item])))[:2]


def draw(utterance: Utterance) -> random.Random:
    """Decides what belongs to one utterance, the same on every call."""
    return random.Random(utterance.utterance_id)  # noqa: S311 - no secret


def make_crowds(utterances: Sequence[Utterance], folder: Path) -> Iterator[Utterance]:
    """Crowds in the place of what was said, beside the dialogues of these utterances; their clips lie in `folder`.

    Raises:
        ModelError: a voice is missing.
    """
    for number, one in enumerate(itertools.islice(itertools.cycle(utterances), CROWDS)):
        path = folder / f"crowd-{number}.flac"
        write_flac(path, make_clip(_draw_crowd(number)))
        name = f"crowd-{number}-{one.utterance_id}"
        slices = {**one.slices, UNSAID: CROWD}
        yield replace(one, utterance_id=name, text="", kind="no_speech", audio_path=path, slices=slices)


def _draw_crowd(number: int) -> FollowUp:
    rng = random.Random(number)  # noqa: S311 - no secret
    talkers = rng.choices(list(VOICES["dev"]), k=TALKERS[number % len(TALKERS)])
    return FollowUp(
        f"{CROWD}-{number}",
        "no_speech",
        seed=number,
        noise="babble",
        talkers=tuple(talkers),
        duration_s=rng.uniform(*CROWD_S),
        level_dbfs=rng.choice(CROWD_DBFS),
    )
