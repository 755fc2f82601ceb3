"""The breaker over a clock that can be turned."""

from core.context.breaker import FAULTS_TO_OPEN, FIRST_DELAY_S, LONGEST_DELAY_S, Breaker


def opened_at(now_s: float) -> Breaker:
    breaker = Breaker()
    for _ in range(FAULTS_TO_OPEN):
        assert breaker.state == "closed"
        breaker.note_fault(now_s)
    assert breaker.state == "open"
    return breaker


def test_faults_in_a_row_open_it() -> None:
    opened_at(100.0)


def test_an_answer_in_between_breaks_the_row() -> None:
    breaker = Breaker()
    for _ in range(10 * FAULTS_TO_OPEN):
        breaker.note_fault(0.0)
        breaker.note_success()
    assert breaker.state == "closed"


def test_a_lasting_fault_opens_it_at_once() -> None:
    breaker = Breaker()
    breaker.note_fault(0.0, lasting=True)
    assert breaker.state == "open"


def test_it_may_be_tried_once_the_delay_is_over() -> None:
    breaker = opened_at(100.0)
    assert not breaker.may_probe(100.0 + FIRST_DELAY_S - 0.1)
    assert breaker.may_probe(100.0 + FIRST_DELAY_S)
    breaker.begin_probe()
    assert not breaker.may_probe(1000.0), "one at a time"
    breaker.note_success()
    assert breaker.state == "closed"


def test_each_probe_that_fails_doubles_the_delay_up_to_the_longest_and_success_resets_it() -> None:
    breaker, now_s, delays = opened_at(0.0), 0.0, []
    for _ in range(10):
        began_s = now_s
        while not breaker.may_probe(now_s):
            now_s += 1.0
        delays.append(now_s - began_s)
        breaker.begin_probe()
        breaker.note_fault(now_s)
    assert delays[:3] == [FIRST_DELAY_S, 2 * FIRST_DELAY_S, 4 * FIRST_DELAY_S]
    assert delays[-1] == LONGEST_DELAY_S
    breaker.begin_probe()
    breaker.note_success()
    breaker.note_fault(now_s, lasting=True)
    assert breaker.may_probe(now_s + FIRST_DELAY_S)


def test_a_late_answer_of_another_job_does_not_close_it() -> None:
    breaker = opened_at(0.0)
    breaker.note_success()
    assert breaker.state == "open"


def test_a_clock_that_jumps_back_delays_it_by_one_delay_at_most() -> None:
    breaker = opened_at(10_000.0)
    assert not breaker.may_probe(0.0)
    assert breaker.may_probe(FIRST_DELAY_S)


def test_when_it_is_closed_there_is_nothing_to_try() -> None:
    assert not Breaker().may_probe(1e9)
