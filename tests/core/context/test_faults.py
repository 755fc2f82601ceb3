"""Every fault of a worker costs the context of one turn: the turn goes on at once, and the next one has its context."""

import fcntl
import os
import signal
import termios
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.context.breaker import FAULTS_TO_OPEN
from core.context.service import ContextService
from core.dialogue import Turn
from core.store.vault import Vault
from evals.benchmarks.faults import ERROR, FAULTS, HASH, MODULE, SLOW, WHILE_ANSWERING, fault_text
from tests.clock import wait_until
from tests.core.context.jobs import MakeJob, job_maker

MEMORY_MB = 250
MORE_THAN_A_PIPE_HOLDS = 1 << 20
SHORT_S, LONG_S = 1.0, 60.0
ENDED_AT_THE_DEADLINE = {"hang", "GIL spin", "SIGSTOP", SLOW, "half-written answer"}


@pytest.fixture
def make_job(vault: Vault) -> MakeJob:
    return job_maker(vault)


@pytest.fixture(scope="module")
def shared() -> Iterator[ContextService]:
    service = ContextService(HASH, MEMORY_MB, MODULE)
    yield service
    service.close()


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_costs_one_context_and_the_spare_steps_in(
    shared: ContextService, make_job: MakeJob, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if fault == SLOW:  # told to give up at once: it has the whole window for saying so
        monkeypatch.setattr("core.context.pool.CANCEL_BEFORE_S", LONG_S - SHORT_S)
    wait_until(lambda: shared.ready_workers == 2)
    pids, faulty, after = shared.pids, make_job((Turn("user", fault_text(fault)),)), make_job()
    is_silent = fault in ENDED_AT_THE_DEADLINE - {SLOW}
    faulty.submit(shared, SHORT_S if is_silent else LONG_S)
    taken = faulty.wait()
    assert taken.readiness == ("late" if fault in ENDED_AT_THE_DEADLINE else "failed")
    assert not taken.context.bias
    monkeypatch.undo()
    after.submit(shared)
    assert after.wait().readiness == "ready"
    assert (pids[0] in shared.pids) == (fault in {SLOW, ERROR})
    assert shared.state == "ready"


def has_unread_input(pid: int) -> bool:
    with Path(f"/proc/{pid}/fd/0").open("rb", buffering=0) as pipe:
        return fcntl.ioctl(pipe, termios.FIONREAD, bytes(4)) != bytes(4)


def test_a_worker_that_ends_while_it_is_written_to_costs_one_context(shared: ContextService, make_job: MakeJob) -> None:
    wait_until(lambda: shared.ready_workers == 2)
    pid = shared.pids[0]
    os.kill(pid, signal.SIGSTOP)
    interrupted, after = make_job((Turn("user", "x" * MORE_THAN_A_PIPE_HOLDS),)), make_job()
    interrupted.submit(shared)
    wait_until(lambda: has_unread_input(pid))  # ended before that, the spare would get the job
    os.kill(pid, signal.SIGKILL)
    assert interrupted.wait().readiness == "failed"
    after.submit(shared)
    assert after.wait().readiness == "ready"
    assert shared.state == "ready"


def test_faults_in_a_row_switch_the_context_off_and_a_probe_switches_it_on_again(
    monkeypatch: pytest.MonkeyPatch, make_job: MakeJob
) -> None:
    monkeypatch.setattr("core.context.breaker.FIRST_DELAY_S", 0.2)
    service = ContextService(HASH, MEMORY_MB, MODULE)
    for number in range(FAULTS_TO_OPEN):
        assert service.wait_until_loaded(60) == "ready"
        gone = make_job((Turn("user", fault_text("worker gone")),))
        gone.submit(service)
        assert gone.wait().readiness == "failed"
        if number < FAULTS_TO_OPEN - 1:
            wait_until(lambda: service.ready_workers > 0)
    assert service.state == "failed"
    refused = make_job()
    refused.submit(service)
    assert refused.wait().readiness == "disabled"
    wait_until(lambda: service.state == "ready")
    after = make_job()
    after.submit(service)
    assert after.wait().readiness == "ready"
    service.close()


def test_the_faults_of_an_answer_are_all_among_the_faults() -> None:
    assert set(WHILE_ANSWERING) < set(FAULTS)
