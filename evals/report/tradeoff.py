"""What the gate trades: words mended against words put into people's mouths.

The gate takes a text in place of the plain one where its margin is above 0. Sweeping that threshold over the stored
margins shows what a stricter or a more willing gate would do; it needs no decoding.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from evals.finished import FinishedRun
from evals.groups import TEMPTED
from evals.measures import Counts, divide
from evals.normalize import NormalizerName
from evals.results import WITHOUT_CONTEXT
from evals.tally import ALTERNATIVE, HOMOPHONE, tally_alternatives

TEMPTED_KINDS = tuple(kind for kind in TEMPTED if kind != HOMOPHONE)
OPERATING_POINT = 0.0


@dataclass(frozen=True, slots=True)
class Point:
    """One threshold. `threshold` None: the other text is never taken (first point) or always (last)."""

    threshold: float | None
    false_accept: float
    wer: float


@dataclass(frozen=True, slots=True)
class _Choice:
    """An utterance's margin, and its counts with either choice."""

    margin: float
    plain: Counts
    other: Counts


def sweep_threshold(run: FinishedRun, normalizer: NormalizerName) -> list[Point]:
    """Points from "never" to "always", the run's own among them: WER of positives, false accepts among anti and
    sound-alike utterances.

    Empty where the run has no words of the one or no utterance of the others.
    """
    by_kind: dict[str, list[_Choice]] = {}
    for tally, margin in tally_alternatives(run, normalizer):
        choice = _Choice(margin, tally.counts[WITHOUT_CONTEXT], tally.counts[ALTERNATIVE])
        by_kind.setdefault(tally.kind, []).append(choice)
    positive, tempted = by_kind.get("positive", []), [one for kind in TEMPTED_KINDS for one in by_kind.get(kind, [])]
    margins = sorted({OPERATING_POINT, *(one.margin for one in (*positive, *tempted))}, reverse=True)
    # At -inf every text is taken; at a margin itself the text with that margin is not.
    points = (_point(t, positive, tempted) for t in (float("inf"), *margins, float("-inf")))
    return [point for point in points if point]


def find_operating_point(points: Sequence[Point]) -> Point:
    """The run as it is.

    Raises:
        StopIteration: there are no points.
    """
    return next(point for point in points if point.threshold == OPERATING_POINT)


def _point(threshold: float, positive: Sequence[_Choice], tempted: Sequence[_Choice]) -> Point | None:
    wer = divide(_count(positive, "errors", threshold), _count(positive, "words", threshold))
    false_accept = divide(_count(tempted, "false_accepts", threshold), len(tempted))
    if wer is None or false_accept is None:
        return None
    return Point(threshold if math.isfinite(threshold) else None, false_accept, wer)


def _count(choices: Iterable[_Choice], name: str, threshold: float) -> int:
    return sum((one.other if one.margin > threshold else one.plain)[name] for one in choices)
