"""What context changed in each utterance: the three texts side by side, and the words it mended or broke."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from evals.alignment import Pair, align_words
from evals.finished import FinishedRun
from evals.normalize import Tokens
from evals.results import WITH_CONTEXT, WITHOUT_CONTEXT, ArmResult, Reference
from evals.tally import Tally

Confusion = tuple[str, str]
"""The word that was said and the word that was written; empty where there is none."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A word of an alignment, and S, I or D where it is a substitution, insertion or deletion."""

    word: str
    letter: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """One utterance in both arms. `rows` are the reference, without and with context, of equal length."""

    reference: Reference
    kind: str
    without: ArmResult
    with_: ArmResult
    errors: tuple[int, int]
    rows: tuple[tuple[Cell, ...], ...]
    differs: bool

    @property
    def change(self) -> int:
        """By how many word errors context is worse."""
        return self.errors[1] - self.errors[0]


def list_changes(run: FinishedRun, tallies: Iterable[Tally]) -> list[Change]:
    """All utterances: the worst regression first, the greatest gain next to last, those without a change at the end."""
    changes = [_compare(run, tally) for tally in tallies]
    return sorted(changes, key=lambda one: (not one.differs, -one.change, one.reference.utterance_id))


def list_confusions(tallies: Iterable[Tally]) -> tuple[list[tuple[Confusion, int]], list[tuple[Confusion, int]]]:
    """The errors that context fixed and the errors that it made, with how often, the most frequent first."""
    fixed: Counter[Confusion] = Counter()
    broken: Counter[Confusion] = Counter()
    for tally in tallies:
        without, with_ = (_count_confusions(tally, arm) for arm in (WITHOUT_CONTEXT, WITH_CONTEXT))
        fixed += without - with_
        broken += with_ - without
    return _rank(fixed), _rank(broken)


def align_arms(reference: Tokens, *hypotheses: Tokens) -> tuple[tuple[Cell, ...], ...]:
    """The reference and each hypothesis as rows of equal length, words that belong together in one column."""
    slots = [_slots(align_words(reference, hypothesis)) for hypothesis in hypotheses]
    rows: list[list[Cell]] = [[] for _ in range(1 + len(slots))]
    for place in range(len(reference) + 1):
        inserted = [slot[place][0] for slot in slots]
        _append_insertions(rows, inserted)
        if place < len(reference):
            rows[0].append(Cell(reference[place]))
            for row, slot in zip(rows[1:], slots, strict=True):
                row.append(_cell(reference[place], slot[place][1]))
    return tuple(map(tuple, rows))


def _compare(run: FinishedRun, tally: Tally) -> Change:
    arms = run.recognized[tally.reference.utterance_id].arms
    without, with_ = (tally.examples[arm].hypothesis for arm in (WITHOUT_CONTEXT, WITH_CONTEXT))
    return Change(
        tally.reference,
        tally.kind,
        arms[WITHOUT_CONTEXT],
        arms[WITH_CONTEXT],
        (tally.counts[WITHOUT_CONTEXT]["errors"], tally.counts[WITH_CONTEXT]["errors"]),
        align_arms(tally.examples[WITHOUT_CONTEXT].reference, without, with_),
        without != with_,
    )


def _slots(pairs: Sequence[Pair]) -> list[tuple[list[str], str | None]]:
    """For each word of the reference what was inserted before it and what was heard; last what follows them all."""
    slots: list[tuple[list[str], str | None]] = []
    inserted: list[str] = []
    for word, heard in pairs:
        if word is None and heard is not None:
            inserted.append(heard)
        else:
            slots.append((inserted, heard))
            inserted = []
    return [*slots, (inserted, None)]


def _append_insertions(rows: list[list[Cell]], inserted: Sequence[list[str]]) -> None:
    for index in range(max(map(len, inserted))):
        rows[0].append(Cell(""))
        for row, words in zip(rows[1:], inserted, strict=True):
            row.append(Cell(words[index], "I") if index < len(words) else Cell(""))


def _cell(word: str, heard: str | None) -> Cell:
    if heard is None:
        return Cell("", "D")
    return Cell(heard, "" if heard == word else "S")


def _count_confusions(tally: Tally, arm: str) -> Counter[Confusion]:
    example = tally.examples[arm]
    pairs = align_words(example.reference, example.hypothesis)
    return Counter((word or "", heard or "") for word, heard in pairs if word != heard)


def _rank(confusions: Counter[Confusion]) -> list[tuple[Confusion, int]]:
    return sorted(confusions.items(), key=lambda item: (-item[1], item[0]))
