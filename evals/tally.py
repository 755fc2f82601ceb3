"""The utterances of a run made comparable and counted, arm by arm: the one place where texts become numbers."""

import functools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from evals.entities import Entities
from evals.finished import FinishedRun
from evals.measures import Counts, Example, add_counts, count_example
from evals.normalize import NORMALIZERS, NormalizerName, Tokens
from evals.results import WITH_CONTEXT, WITHOUT_CONTEXT, Reference

HOMOPHONE = "homophone"
ALTERNATIVE = "alternative"


@dataclass(frozen=True, slots=True)
class Tally:
    """One utterance: its normalised texts and its counts, by arm."""

    reference: Reference
    examples: dict[str, Example]
    counts: dict[str, Counts]

    @property
    def kind(self) -> str:
        """The manifest's kind. Sound-alikes that sound exactly like the entity are a kind of their own: no recogniser
        can hear the difference, so they would only blur what the others tell.
        """
        is_homophone = self.reference.kind == "sound_alike" and self.reference.slices.get(HOMOPHONE) is True
        return HOMOPHONE if is_homophone else self.reference.kind


def tally_run(run: FinishedRun, normalizer: NormalizerName) -> list[Tally]:
    """Count every utterance of a run, in its order."""
    prepare = _Preparer(normalizer)
    return [
        prepare.tally(reference, {arm: run.recognized[key].arms[arm].text for arm in run.arms})
        for key, reference in run.references.items()
    ]


def tally_alternatives(run: FinishedRun, normalizer: NormalizerName) -> Iterator[tuple[Tally, float]]:
    """Each utterance's plain text beside the text that the gate weighed against it, as `ALTERNATIVE`, and its margin.
    Where there was none, it is the plain text.
    """
    prepare = _Preparer(normalizer)
    for key, reference in run.references.items():
        arms = run.recognized[key].arms
        plain, weighed = arms[WITHOUT_CONTEXT].text, arms[WITH_CONTEXT]
        other = plain if weighed.alternative is None else weighed.alternative
        yield prepare.tally(reference, {WITHOUT_CONTEXT: plain, ALTERNATIVE: other}), weighed.margin


def add_by_dialogue(tallies: Iterable[Tally], arms: Sequence[str]) -> dict[str, list[Counts]]:
    """The counts of each dialogue, by arm. Dialogues are sorted, so that the order of the set decides nothing."""
    by_dialogue: dict[str, list[Tally]] = {}
    for tally in tallies:
        by_dialogue.setdefault(tally.reference.dialogue_id, []).append(tally)
    return {arm: [add_counts(t.counts[arm] for t in by_dialogue[key]) for key in sorted(by_dialogue)] for arm in arms}


class _Preparer:
    """A normaliser with a memory: the same address book comes with many utterances, the same text in several arms."""

    def __init__(self, name: NormalizerName) -> None:
        self._normalize: Callable[[str], Tokens] = functools.cache(NORMALIZERS[name])
        self._entities = functools.cache(self._list_entities)

    def tally(self, reference: Reference, texts: dict[str, str]) -> Tally:
        said = self._normalize(reference.text)
        bias_words = frozenset(word for text in reference.bias_words for word in self._normalize(text))
        entities = self._entities(tuple(item.text for item in reference.context))
        examples = {arm: Example(said, self._normalize(text), bias_words, entities) for arm, text in texts.items()}
        counted = {example.hypothesis: count_example(example) for example in examples.values()}
        return Tally(reference, examples, {arm: counted[example.hypothesis] for arm, example in examples.items()})

    def _list_entities(self, items: tuple[str, ...]) -> Entities:
        return Entities.of(map(self._normalize, items))
