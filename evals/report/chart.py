"""The trade-off as a drawing: coordinates only, the page draws them as SVG."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from evals.report.tradeoff import Point, find_operating_point

WIDTH, HEIGHT = 640, 360
LEFT, RIGHT, TOP, BOTTOM = 84, 24, 18, 52  # room for the labels of the axes
STEPS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5)
TICKS = 6


@dataclass(frozen=True, slots=True)
class Axis:
    """From a share to a place in the drawing; `ticks` are shares."""

    ticks: tuple[float, ...]
    start: float
    end: float

    def place(self, share: float) -> float:
        """The coordinate of a share."""
        low, high = self.ticks[0], self.ticks[-1]
        return round(self.start + (share - low) / (high - low) * (self.end - self.start), 1)


@dataclass(frozen=True, slots=True)
class Chart:
    """Axes and the points of the line, in their order."""

    x: Axis
    y: Axis
    points: tuple[Point, ...]

    @property
    def marked(self) -> tuple[tuple[Point, str], ...]:
        """The points that are named: both ends, and what the run is, last."""
        first, *_, last = self.points
        here = find_operating_point(self.points)
        return (first, "never"), (last, "always"), (here, "this run")

    @property
    def line(self) -> str:
        """The points as SVG writes them."""
        return " ".join(f"{x},{y}" for x, y in map(self.place, self.points))

    def place(self, point: Point) -> tuple[float, float]:
        """The coordinates of a point."""
        return self.x.place(point.false_accept), self.y.place(point.wer)


def draw_chart(points: Sequence[Point]) -> Chart | None:
    """The chart of false accepts (across) and WER (up), or None without points."""
    if not points:
        return None
    x = Axis(_choose_ticks([0.0, *(point.false_accept for point in points)]), LEFT, WIDTH - RIGHT)
    y = Axis(_choose_ticks([point.wer for point in points]), HEIGHT - BOTTOM, TOP)
    return Chart(x, y, tuple(points))


def _choose_ticks(shares: Sequence[float]) -> tuple[float, ...]:
    """Round shares that enclose all; at least two."""
    low, high = min(shares), max(shares)
    step = next((step for step in STEPS if (high - low) / step <= TICKS), math.ceil((high - low) / TICKS))
    first, last = math.floor(low / step), math.ceil(high / step)
    return tuple(number * step for number in range(first, max(last, first + 1) + 1))
