"""The queue in front of the recogniser, with real threads; a recognition is an event that the test sets."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress

import pytest

from core.errors import Busy
from core.speech.admission import FIRST_ESTIMATE_S, REMEMBERED, Admission
from tests.clock import Clock


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(40) as pool:
        yield pool


class Recognitions:
    """Turns that last until they are told to end, in the order in which they began."""

    def __init__(self, admission: Admission, pool: ThreadPoolExecutor) -> None:
        self.begun: list[int] = []
        self._admission = admission
        self._pool = pool
        self._ends: dict[int, threading.Event] = {}

    def ask(self, number: int) -> "Future[None]":
        """Ask for a turn; returns once it waits, has begun or was refused."""
        self._ends[number] = threading.Event()
        before = self._admission.in_flight
        asked = self._pool.submit(self._recognise, number)
        while self._admission.in_flight == before and not asked.done():
            time.sleep(0.001)
        return asked

    def end(self, number: int) -> None:
        self._ends[number].set()

    def _recognise(self, number: int) -> None:
        with self._admission.turn():
            self.begun.append(number)
            assert self._ends[number].wait(60)


def learn(admission: Admission, clock: Clock, took_s: float) -> None:
    """All recognitions that are remembered took so long."""
    for _ in range(REMEMBERED):
        with admission.turn():
            clock.at_s += took_s


def test_turns_come_one_at_a_time_in_the_order_of_asking(pool: ThreadPoolExecutor) -> None:
    admission = Admission(within_s=60.0)
    recognitions = Recognitions(admission, pool)
    asked = [recognitions.ask(number) for number in range(5)]
    for number in range(5):
        while len(recognitions.begun) <= number:
            time.sleep(0.001)
        assert recognitions.begun == list(range(number + 1))
        recognitions.end(number)
    for one in asked:
        one.result(60)
    assert admission.in_flight == 0
    admission.check()


@pytest.mark.parametrize(("took_s", "let_in"), [(0.5, 9), (1.0, 4), (2.0, 2), (10.0, 1)])
def test_as_many_are_let_in_as_can_be_served_in_time(pool: ThreadPoolExecutor, took_s: float, let_in: int) -> None:
    clock = Clock()
    admission = Admission(8.0, clock)
    learn(admission, clock, took_s)
    recognitions = Recognitions(admission, pool)
    asked = [recognitions.ask(number) for number in range(20)]
    refused = [one for one in asked if one.done() and isinstance(one.exception(), Busy)]
    assert admission.in_flight == 20 - len(refused) == let_in
    with pytest.raises(Busy):
        admission.check()
    for number in range(20):
        recognitions.end(number)
    for one in asked:
        with suppress(Busy):
            one.result(60)


def test_who_is_refused_is_told_at_once_and_takes_nobodys_place(pool: ThreadPoolExecutor) -> None:
    admission = Admission(FIRST_ESTIMATE_S)
    recognitions = Recognitions(admission, pool)
    first = recognitions.ask(1)
    with pytest.raises(Busy, match="say it again"), admission.turn():
        pytest.fail("nobody waits for what comes too late")
    assert admission.in_flight == 1
    recognitions.end(1)
    first.result(60)
    with admission.turn():
        assert admission.in_flight == 1


def test_a_request_whose_time_has_run_out_is_dropped_before_it_starts(pool: ThreadPoolExecutor) -> None:
    admission = Admission(within_s=3.4)
    recognitions = Recognitions(admission, pool)
    first = recognitions.ask(1)  # takes longer than anybody could know
    second = recognitions.ask(2)
    assert isinstance(second.exception(60), Busy)
    assert recognitions.begun == [1]
    recognitions.end(1)
    first.result(60)


def test_the_first_is_let_in_however_slow_the_machine_is() -> None:
    clock = Clock()
    admission = Admission(8.0, clock)
    learn(admission, clock, 100.0)
    with admission.turn():
        assert admission.in_flight == 1


def test_a_recognition_that_fails_leaves_the_queue() -> None:
    admission = Admission()
    with pytest.raises(ZeroDivisionError), admission.turn():
        raise ZeroDivisionError
    assert admission.in_flight == 0
