from dataclasses import replace
from pathlib import Path

import pytest

from evals.finished import read_finished_run
from evals.manifest import Kind
from evals.measures import divide
from evals.report.chart import draw_chart
from evals.report.tradeoff import Point, find_operating_point, sweep_threshold
from evals.results import Reference
from evals.score import score_run
from tests.evals.builders import Arms, recognition, reference, write_finished_run

Turn = tuple[Reference, Arms]


def turn(number: int, kind: Kind, texts: tuple[str, str, str], margin: float) -> Turn:
    """What is said, the plain text, and what the gate weighed against it."""
    said, plain, other = texts
    arms = recognition(plain, other if margin > 0 else plain)
    arms["with_context"] = replace(arms["with_context"], alternative=other, margin=margin)
    return reference(number, said, kind, f"d{number}", context=("Meg Bauer",)), arms


TURNS = [
    turn(1, "positive", ("bauer", "power", "bauer"), 0.5),
    turn(2, "positive", ("bauer", "power", "bauer"), -0.125),
    turn(3, "sound_alike", ("power", "power", "bauer"), 0.25),
    turn(4, "anti", ("cancel", "cancel", "cancel"), -0.5),
    (reference(5, "stop", "no_context", "d5"), recognition("stop", "stop")),
]


def sweep(folder: Path, turns: list[Turn]) -> list[Point]:
    run = read_finished_run(write_finished_run(folder, turns))
    return sweep_threshold(run, "names")


def test_each_threshold_has_its_errors_and_false_accepts(tmp_path: Path) -> None:
    points = sweep(tmp_path, TURNS)
    assert [(point.threshold, point.false_accept, point.wer) for point in points] == [
        (None, 0.0, 1.0),  # never
        (0.5, 0.0, 1.0),
        (0.25, 0.0, 0.5),  # the clear name alone
        (0.0, 0.5, 0.5),  # and the sound-alike: what the run is
        (-0.125, 0.5, 0.5),
        (-0.5, 0.5, 0.0),  # and the name that is less clear
        (None, 0.5, 0.0),  # always
    ]


def test_the_first_point_and_the_run_are_the_arms_as_they_are(tmp_path: Path) -> None:
    points, by_kind = sweep(tmp_path, TURNS), score_run(tmp_path)["by_kind"]
    for point, arm in ((points[0], "without_context"), (find_operating_point(points), "with_context")):
        accepted = sum(by_kind[kind][arm]["false_accept"] for kind in ("anti", "sound_alike"))
        assert (point.wer, point.false_accept) == (by_kind["positive"][arm]["wer"], divide(accepted, 2))


@pytest.mark.parametrize("turns", [TURNS[:2], TURNS[2:4], TURNS[4:]])
def test_there_is_no_trade_without_both_sides(tmp_path: Path, turns: list[Turn]) -> None:
    assert sweep(tmp_path, turns) == []
    assert draw_chart([]) is None


@pytest.mark.parametrize("wers", [(0.5, 0.5), (0.0, 0.0), (1.3, 0.004), (0.02, 0.021), (9.0, 0.1)])
def test_all_points_lie_inside_the_axes(wers: tuple[float, float]) -> None:
    chart = draw_chart([Point(None, 0.0, wers[0]), Point(0.0, 0.2, wers[1]), Point(None, 0.3, wers[1])])
    assert chart
    for point in chart.points:
        x, y = chart.place(point)
        assert chart.x.start <= x <= chart.x.end
        assert chart.y.end <= y <= chart.y.start
    assert 2 <= len(chart.y.ticks) <= 8
