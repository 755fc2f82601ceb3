"""The timeline: bounded, in order, and safe to write to from several threads."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Barrier

import pytest

from core.timeline import MAX_STAGES, Stage, Timeline


@dataclass
class SteppedClock:
    """A clock in seconds that moves when it is told to."""

    at_s: float = 1_000.0

    def __call__(self) -> float:
        return self.at_s


@pytest.fixture
def clock_s() -> SteppedClock:
    return SteppedClock()


@pytest.fixture
def timeline(clock_s: SteppedClock) -> Timeline:
    return Timeline(clock_s)


def test_time_begins_with_the_timeline_and_is_told_in_milliseconds(timeline: Timeline, clock_s: SteppedClock) -> None:
    assert timeline.now_ms() == 0.0
    clock_s.at_s += 1.25
    assert timeline.now_ms() == 1250.0


def test_a_stage_has_the_time_of_its_block(timeline: Timeline, clock_s: SteppedClock) -> None:
    clock_s.at_s += 0.5
    with timeline.stage("decoded", "2 hotwords"):
        clock_s.at_s += 0.25
    assert timeline.stages() == (Stage("decoded", 500.0, 750.0, "2 hotwords"),)
    assert timeline.stages()[0].duration_ms == 250.0


def test_a_stage_whose_block_raises_is_recorded_and_the_error_goes_on(
    timeline: Timeline, clock_s: SteppedClock
) -> None:
    def break_off() -> None:
        clock_s.at_s += 0.125
        raise LookupError

    with pytest.raises(LookupError), timeline.stage("assistant"):
        break_off()
    assert timeline.stages() == (Stage("assistant", 0.0, 125.0),)


def test_a_time_of_the_clock_that_another_process_measured_has_its_place(timeline: Timeline) -> None:
    assert timeline.at_ms(1_000.5) == 500.0


def test_a_clock_that_jumps_back_breaks_nothing(timeline: Timeline, clock_s: SteppedClock) -> None:
    with timeline.stage("assistant"):
        clock_s.at_s -= 3_600.0
    timeline.mark("clip received")
    assert {stage.name for stage in timeline.stages()} == {"assistant", "clip received"}


def test_it_is_exported_as_json(timeline: Timeline, clock_s: SteppedClock) -> None:
    clock_s.at_s += 0.5
    timeline.mark("window open", "12 items")
    assert json.loads(timeline.to_json()) == [
        {"name": "window open", "start_ms": 500.0, "end_ms": 500.0, "detail": "12 items"}
    ]


def test_a_mark_takes_no_time(timeline: Timeline, clock_s: SteppedClock) -> None:
    clock_s.at_s += 2.0
    timeline.mark("clip received", "1.3 s")
    assert timeline.stages() == (Stage("clip received", 2000.0, 2000.0, "1.3 s"),)


def test_stages_come_by_their_start_then_their_end_whatever_the_order_of_recording(timeline: Timeline) -> None:
    for name, start_ms, end_ms in [("c", 5.0, 9.0), ("a", 1.0, 2.0), ("b", 1.0, 8.0), ("before", -3.0, 0.0)]:
        timeline.add(name, start_ms, end_ms)
    assert [stage.name for stage in timeline.stages()] == ["before", "a", "b", "c"]


def test_stages_of_the_same_time_keep_the_order_of_recording(timeline: Timeline) -> None:
    for name in ("z", "a", "m"):
        timeline.mark(name)
    assert [stage.name for stage in timeline.stages()] == ["z", "a", "m"]


def test_an_outer_stage_comes_before_what_is_inside_it(timeline: Timeline, clock_s: SteppedClock) -> None:
    with timeline.stage("outer"):
        clock_s.at_s += 0.1
        with timeline.stage("inner"):
            clock_s.at_s += 0.1
    assert [stage.name for stage in timeline.stages()] == ["outer", "inner"]


@pytest.mark.parametrize(("recorded", "kept"), [(0, 0), (199, 199), (200, 200), (201, 200), (5_000, 200)])
def test_the_oldest_stages_fall_out(timeline: Timeline, recorded: int, kept: int) -> None:
    for number in range(recorded):
        timeline.add(str(number), float(number), float(number))
    assert kept <= MAX_STAGES
    assert [stage.name for stage in timeline.stages()] == [str(n) for n in range(recorded - kept, recorded)]


def test_what_was_read_does_not_change_afterwards(timeline: Timeline) -> None:
    timeline.mark("first")
    read = timeline.stages()
    timeline.mark("second")
    assert [stage.name for stage in read] == ["first"]


def test_many_threads_record_and_read_at_once_and_nothing_is_lost() -> None:
    threads, each = 16, 60
    timeline = Timeline(max_stages=threads * each)
    barrier = Barrier(threads)

    def record(number: int) -> list[int]:
        barrier.wait()
        lengths = []
        for turn in range(each):
            with timeline.stage(f"{number}-{turn}"):
                lengths.append(len(timeline.stages()))
        return lengths

    with ThreadPoolExecutor(threads) as pool:
        lengths = list(pool.map(record, range(threads)))
    stages = timeline.stages()
    assert {stage.name for stage in stages} == {f"{n}-{t}" for n in range(threads) for t in range(each)}
    assert len(stages) == threads * each
    assert all(seen == sorted(seen) for seen in lengths)
    assert all(0.0 <= stage.start_ms <= stage.end_ms for stage in stages)


def test_the_bound_holds_when_many_threads_record_at_once() -> None:
    timeline = Timeline(max_stages=50)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: timeline.mark(str(number)), range(4_000)))
    assert len(timeline.stages()) == 50
