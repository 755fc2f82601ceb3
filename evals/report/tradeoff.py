"""What a gate would trade: words mended against words put into people's mouths.

The system takes the text with context wherever it has one. Here a threshold stands between: that text is taken only if
its mean log probability exceeds that of the plain text by more than t. Sweeping t over the stored hypotheses needs no
decoding. It is a view of the evidence in the scores, not a setting that exists.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from evals.finished import FinishedRun
from evals.groups import TEMPTED
from evals.measures import Counts, divide
from evals.results import WITH_CONTEXT, WITHOUT_CONTEXT
from evals.tally import HOMOPHONE, Tally

TEMPTED_KINDS = tuple(kind for kind in TEMPTED if kind != HOMOPHONE)


@dataclass(frozen=True, slots=True)
class Point:
    """One threshold. `threshold` None: the text with context is never taken (first point) or always (last)."""

    threshold: float | None
    false_accept: float
    wer: float


@dataclass(frozen=True, slots=True)
class _Choice:
    """An utterance's evidence, and its counts with either choice."""

    difference: float
    without: Counts
    with_: Counts


def sweep_threshold(run: FinishedRun, tallies: Iterable[Tally]) -> list[Point]:
    """Points from "never" to "always": WER of positives, false accepts among anti and sound-alike utterances.

    Empty where the run has no words of the one or no utterance of the others.
    """
    by_kind: dict[str, list[_Choice]] = {}
    for tally in tallies:
        by_kind.setdefault(tally.kind, []).append(_choice(run, tally))
    positive, tempted = by_kind.get("positive", []), [one for kind in TEMPTED_KINDS for one in by_kind.get(kind, [])]
    differences = sorted({one.difference for one in (*positive, *tempted)}, reverse=True)
    # At -inf every text is taken; at a difference itself the text with that difference is not.
    thresholds = [*differences, float("-inf")]
    points = (_point(t, differences, positive, tempted) for t in thresholds)
    return [point for point in points if point]


def _choice(run: FinishedRun, tally: Tally) -> _Choice:
    arms = run.recognized[tally.reference.utterance_id].arms
    difference = arms[WITH_CONTEXT].avg_logprob - arms[WITHOUT_CONTEXT].avg_logprob
    # A decoder that failed reports nan, which no threshold could be compared with.
    difference = difference if math.isfinite(difference) else 0.0
    return _Choice(difference, tally.counts[WITHOUT_CONTEXT], tally.counts[WITH_CONTEXT])


def _point(
    threshold: float, differences: Sequence[float], positive: Sequence[_Choice], tempted: Sequence[_Choice]
) -> Point | None:
    wer = divide(_count(positive, "errors", threshold), _count(positive, "words", threshold))
    false_accept = divide(_count(tempted, "false_accepts", threshold), len(tempted))
    if wer is None or false_accept is None:
        return None
    is_end = threshold in (differences[0], float("-inf"))
    return Point(None if is_end else threshold, false_accept, wer)


def _count(choices: Iterable[_Choice], name: str, threshold: float) -> int:
    return sum((one.with_ if one.difference > threshold else one.without)[name] for one in choices)
