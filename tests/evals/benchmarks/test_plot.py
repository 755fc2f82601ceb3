from xml.etree import ElementTree

import pytest

from evals.benchmarks.designs import Comparison, draw
from evals.benchmarks.plot import HEIGHT, WIDTH, Curve, draw_curves

SVG = "{http://www.w3.org/2000/svg}"


def read(svg: str) -> ElementTree.Element:
    return ElementTree.fromstring(svg)  # noqa: S314 - our own


def dots(svg: str) -> list[tuple[float, float]]:
    return [(float(dot.attrib["cx"]), float(dot.attrib["cy"])) for dot in read(svg).iter(f"{SVG}circle")]


def test_equal_factors_are_equal_distances() -> None:
    (x1, y1), (x2, y2), (x3, y3) = dots(draw_curves("t", "n", [Curve("a", {1: 1.0, 10: 10.0, 100: 100.0})]))
    assert x2 - x1 == pytest.approx(x3 - x2, abs=0.2)
    assert y1 - y2 == pytest.approx(y2 - y3, abs=0.2)
    assert y1 > y2


@pytest.mark.parametrize("ratios", [{1: 0.7, 50: 47.2}, {1: 1.0, 2: 1.0}, {1: 0.01, 2: 0.02}, {1: 3.0, 9: 900.0}])
def test_every_point_and_every_text_has_its_place(ratios: dict[int, float]) -> None:
    svg = draw_curves("title", "across", [Curve("a < b", ratios)])
    assert len(dots(svg)) == len(ratios)
    assert all(0 < left < WIDTH and 0 < top < HEIGHT for left, top in dots(svg))
    texts = ["".join(text.itertext()) for text in read(svg).iter(f"{SVG}text")]
    assert {"title", "across", "1", *map(str, ratios)} <= set(texts)
    assert any(text.startswith("a < b, ") for text in texts)


def test_the_medians_of_a_comparison_are_drawn() -> None:
    few, many = Comparison("bytes", 1, (0.9, 0.8, 3.0)), Comparison("bytes", 50, (20.7,))
    svg = draw([few, many, Comparison("units", 1, (0.9,))])
    (_, few_at), _, (_, units_at) = dots(svg)
    assert few_at == units_at
    assert "bytes, 20.7" in svg
