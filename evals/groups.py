"""The measures of groups of utterances: each kind, and each kind within each slice of the set."""

import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from evals.comparison import UNDEFINED, Comparison
from evals.manifest import KINDS
from evals.measures import (
    RATES,
    TEMPTATION,
    Counts,
    Measures,
    Rate,
    add_counts,
    measure_counts,
    measure_silence,
    measure_temptation,
)
from evals.results import ARMS, PLACEBO, WITH_CONTEXT, WITHOUT_CONTEXT
from evals.tally import HOMOPHONE, Tally, add_by_dialogue

Scores = dict[str, Any]
ALL = "all"
KINDS_AND_HOMOPHONES: tuple[str, ...] = (*KINDS[:-2], HOMOPHONE, *KINDS[-2:])
TEMPTED = ("anti", "sound_alike", HOMOPHONE)
EXTRA_MEASURES: dict[str, Callable[[Counts], Measures]] = {
    **dict.fromkeys(TEMPTED, measure_temptation),
    "no_speech": measure_silence,
}
# Precision is missing: its arms are shares of different wholes.
DIFFERENCES = {name: rate for name, rate in RATES.items() if name != "entity_precision"}
EXTRA_DIFFERENCES = {
    **dict.fromkeys(TEMPTED, TEMPTATION),
    "no_speech": {"with_words": Rate("utterances_with_words", "utterances")},
}


def measure_kinds(tallies: Sequence[Tally], arms: Sequence[str], seed: int) -> Scores:
    """The measures of every kind that is there, and of all utterances together."""
    scores = {
        kind: measure_group([tally for tally in tallies if tally.kind == kind], arms, seed, kind)
        for kind in list_kinds(tallies)
    }
    return scores | {ALL: measure_group(tallies, arms, seed)}


def measure_slices(tallies: Sequence[Tally], arms: Sequence[str], seed: int) -> Scores:
    """`<slice>.<value>` as `measure_kinds`, for every slice; what lacks the slice is in none of its values."""
    groups: dict[str, dict[str, list[Tally]]] = {}
    for tally in tallies:
        for name, value in tally.reference.slices.items():
            groups.setdefault(name, {}).setdefault(name_value(value), []).append(tally)
    return {
        name: {value: measure_kinds(group, arms, seed) for value, group in sorted(values.items(), key=_by_number)}
        for name, values in sorted(groups.items())
    }


def measure_group(tallies: Sequence[Tally], arms: Sequence[str], seed: int, kind: str = ALL) -> Scores:
    """Each arm's measures, and what context changes. `ablation` and `placebo_differences` are there where the run has
    such arms.
    """
    columns = add_by_dialogue(tallies, arms)
    ablated = [arm for arm in arms if arm not in ARMS]
    comparison = Comparison.of(columns, seed, errors_only=[arm for arm in ablated if arm != PLACEBO])
    measured = {arm: measure_arm(columns[arm], kind) for arm in arms}
    changes = compare_arms(comparison, WITHOUT_CONTEXT, WITH_CONTEXT, kind)
    ablation = {arm: comparison.measure_reduction(WITHOUT_CONTEXT, arm) for arm in ablated}
    placebo = compare_arms(comparison, WITHOUT_CONTEXT, PLACEBO, kind)["differences"]
    there = {"ablation": ablation, "placebo_differences": placebo}
    n_dialogues = len({tally.reference.dialogue_id for tally in tallies})
    return {**measured, **changes, "n_dialogues": n_dialogues, **{name: one for name, one in there.items() if one}}


def measure_arm(dialogues: Sequence[Counts], kind: str) -> Measures:
    """The measures of one arm from the counts of its dialogues, with those that only this kind has."""
    counts = add_counts(dialogues)
    extra = EXTRA_MEASURES.get(kind)
    return measure_counts(counts) | (extra(counts) if extra else {})


def compare_arms(comparison: Comparison, first: str, second: str, kind: str = ALL) -> Scores:
    """What the second arm changes: the relative reduction of WER, the p value of the difference in word errors, and
    `differences.<measure>` (second - first), each with interval and p value. Undefined where the second is missing.
    """
    if second not in comparison.columns:
        return {"relative_wer_reduction": UNDEFINED, "permutation_p": None, "differences": {}}
    reduction = comparison.measure_reduction(first, second)
    rates = DIFFERENCES | EXTRA_DIFFERENCES.get(kind, {})
    return {
        "relative_wer_reduction": {name: reduction[name] for name in UNDEFINED},  # type: ignore[literal-required]
        "permutation_p": reduction["permutation_p"],
        "differences": {name: comparison.measure_difference(first, second, rate) for name, rate in rates.items()},
    }


def list_kinds(tallies: Iterable[Tally]) -> list[str]:
    """The kinds that are there, in the order of the manifest's description."""
    there = {tally.kind for tally in tallies}
    return [kind for kind in KINDS_AND_HOMOPHONES if kind in there]


def name_value(value: object) -> str:
    """A slice's value as a key: texts as they are, everything else as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)


def _by_number(pair: tuple[str, object]) -> tuple[bool, float, str]:
    """Values that are numbers in their order, then the others by name."""
    value = pair[0]
    is_number = value.lstrip("-").replace(".", "", 1).isdecimal()
    return not is_number, float(value) if is_number else 0.0, value
