"""Curves over a number, as an SVG file: both axes logarithmic, a line across where the ratio is 1."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 760, 400
LEFT, RIGHT, TOP, BOTTOM = 60, 200, 46, 56  # room for the axes' labels, and for the curves' names on the right
ROUND = tuple(float(f"{digit}e{power}") for power in range(-3, 6) for digit in (1, 2, 5))
STYLE = """
  svg { color-scheme: light dark; font: 14px system-ui, sans-serif; }
  .back { fill: #ffffff; } text { fill: #1c1d21; } .quiet { fill: #5c6068; } .line { stroke: #dcdde1; }
  .alike { stroke: #5c6068; } .title { font-weight: 600; font-size: 16px; }
  .c0 { color: #1f5fbf; } .c1 { color: #b3541e; } .c2 { color: #6a4bb0; } .c3 { color: #1b7f3b; }
  .curve { fill: none; stroke: currentColor; stroke-width: 2.5; } .dot, .name { fill: currentColor; }
  @media (prefers-color-scheme: dark) {
    .back { fill: #141518; } text { fill: #e8e9ec; } .quiet { fill: #a3a8b2; } .line { stroke: #363941; }
    .alike { stroke: #a3a8b2; }
    .c0 { color: #83b4ff; } .c1 { color: #ffab7a; } .c2 { color: #c3a8ff; } .c3 { color: #6fd58e; }
    .name { fill: currentColor; }
  }
"""


@dataclass(frozen=True, slots=True)
class Curve:
    """A name, and ratios by the number across; the ratios are from 0.001 to 500,000."""

    name: str
    ratios: Mapping[int, float]


@dataclass(frozen=True, slots=True)
class _Axis:
    """From a value to a place in the drawing."""

    first: float
    last: float
    start: float
    end: float

    def place(self, value: float) -> float:
        share = math.log(value / self.first) / math.log(self.last / self.first)
        return round(self.start + share * (self.end - self.start), 1)


def draw_curves(title: str, across: str, curves: Sequence[Curve]) -> str:
    """The whole file. `across` names the horizontal axis, which has a tick at each number of the first curve."""
    numbers = list(curves[0].ratios)
    ticks = _choose_ticks([1.0, *(ratio for curve in curves for ratio in curve.ratios.values())])
    x = _Axis(numbers[0], numbers[-1], LEFT, WIDTH - RIGHT)
    y = _Axis(ticks[0], ticks[-1], HEIGHT - BOTTOM, TOP)
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">',
        f"<title>{escape(title)}</title>",
        f"<style>{STYLE}</style>",
        f'<rect class="back" width="{WIDTH}" height="{HEIGHT}"/>',
        f'<text class="title" x="{LEFT}" y="24">{escape(title)}</text>',
        *(_draw_level(tick, y.place(tick)) for tick in ticks),
        *(f'<text x="{x.place(n)}" y="{HEIGHT - BOTTOM + 20}" text-anchor="middle">{n}</text>' for n in numbers),
        f'<text class="quiet" x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 12}" text-anchor="middle">'
        f"{escape(across)}</text>",
        *(_draw_curve(number, curve, x, y) for number, curve in enumerate(curves)),
        "</svg>\n",
    ])  # fmt: skip


def _choose_ticks(ratios: Sequence[float]) -> list[float]:
    """Round ratios that enclose all; at least two."""
    first = max(i for i, tick in enumerate(ROUND) if tick <= min(ratios))
    last = min(i for i, tick in enumerate(ROUND) if tick >= max(ratios))
    return list(ROUND[first : max(last, first + 1) + 1])


def _draw_level(tick: float, at: float) -> str:
    kind = "alike" if tick == 1 else "line"
    line = f'<line class="{kind}" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{at}" y2="{at}"/>'
    return f'{line}<text x="{LEFT - 8}" y="{at + 5}" text-anchor="end">{tick:g}</text>'


def _draw_curve(number: int, curve: Curve, x: _Axis, y: _Axis) -> str:
    points = [(x.place(across), y.place(ratio)) for across, ratio in curve.ratios.items()]
    dots = "".join(f'<circle class="dot" cx="{left}" cy="{top}" r="3.5"/>' for left, top in points)
    path = " ".join(f"{left},{top}" for left, top in points)
    last = list(curve.ratios.values())[-1]
    left, top = points[-1]
    name = f'<text class="name" x="{left + 12}" y="{top + 5}">{escape(curve.name)}, {last:.1f}</text>'
    return f'<g class="c{number}"><polyline class="curve" points="{path}"/>{dots}{name}</g>'
