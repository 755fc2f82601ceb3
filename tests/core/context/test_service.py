"""The context service with real worker processes: answers, deadlines, two at once, and its end.

Most of the workers compute vectors from a hash, so that they load at once; everything else of them is real. Waiting is
for an event with a generous limit, never for a time to pass. Processes are ended by their id alone.
"""

import os
import signal
import subprocess
import sys
import time
import weakref
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import psutil
import pytest

from core.context.embedding import Embedder, Vectors
from core.context.ranking import compute_context
from core.context.service import MAX_ANSWERS, ContextService, Taken
from core.context.worker import NICENESS
from core.dialogue import ContextItem, Turn
from core.settings import ROOT
from core.store.sealing import new_data_key
from core.store.vault import Vault
from evals.benchmarks.faults import HASH, MODULE, SLOW, fault_text
from tests.clock import WITHIN_S, wait_until
from tests.core.context.jobs import ITEMS, TURNS, Job, MakeJob, job_maker
from tests.processes import is_alive

CANARY = "Xiomara Oyelaran"
HANG = (Turn("user", fault_text("hang")),)


@pytest.fixture
def make_job(vault: Vault) -> MakeJob:
    return job_maker(vault)


@pytest.fixture(scope="module")
def shared() -> Iterator[ContextService]:
    service = ContextService(HASH, worker=MODULE)
    yield service
    service.close()


@pytest.fixture
def light(shared: ContextService) -> ContextService:
    """A service whose worker and spare are both there."""
    wait_until(lambda: shared.ready_workers == 2)
    return shared


def require_vector(taken: Taken) -> Vectors:
    assert taken.context.vector is not None
    return taken.context.vector


def texts_of(service: ContextService, job: Job) -> list[str]:
    return [hotword.text for hotword in service.take(job.id).context.bias.hotwords]


def test_the_worker_gives_the_same_context_as_computing_it_here(
    context_service: ContextService, make_job: MakeJob, embedder: Embedder
) -> None:
    job = make_job()
    job.submit(context_service)
    job.wait()
    taken, here = context_service.take(job.id), compute_context(TURNS, ITEMS, embedder.encode)
    assert taken.readiness == "ready"
    assert taken.context.vector is not None
    assert here.vector is not None
    assert np.allclose(taken.context.vector, here.vector, atol=1e-5)
    assert [(h.text, h.item.signal) for h in taken.context.bias.hotwords] == [
        (h.text, h.item.signal) for h in here.bias.hotwords
    ]
    assert [h.score for h in taken.context.bias.hotwords] == pytest.approx(
        [h.score for h in here.bias.hotwords], abs=1e-5
    )
    assert all(hotword.sounds for hotword in taken.context.bias.hotwords)


def test_a_real_model_prepares_texts(context_service: ContextService, make_job: MakeJob) -> None:
    names = [f"Contact {number}" for number in range(20)]
    context_service.prepare(names)
    assert context_service.wait_until_prepared(WITHIN_S)
    job = make_job(items=[ContextItem("contacts", name) for name in names])
    job.submit(context_service)
    taken = job.wait()
    assert {h.text for h in taken.context.bias.hotwords} >= set(names)
    context_service.prepare(())


def test_a_dialogue_without_words_has_no_vector(light: ContextService, make_job: MakeJob) -> None:
    job = make_job(turns=())
    job.submit(light)
    taken = job.wait()
    assert (taken.readiness, taken.context.vector) == ("ready", None)
    assert texts_of(light, job) == sorted(" ".join(item.text.split()) for item in ITEMS)


def test_what_was_taken_is_kept_no_longer(light: ContextService, make_job: MakeJob) -> None:
    job = make_job()
    job.submit(light)
    answer = weakref.ref(require_vector(job.wait()))
    assert light.take(job.id).readiness == "ready"
    job.settled.clear()
    assert light.take(job.id).readiness == "late"
    wait_until(lambda: answer() is None)


def test_what_nobody_took_is_gone_with_the_first_job_after_its_time(make_job: MakeJob) -> None:
    service = ContextService(HASH, worker=MODULE, ttl_s=0.0)
    untaken, later = make_job(), make_job()
    untaken.submit(service)
    untaken.wait()
    later.submit(service)
    assert service.take(untaken.id).readiness == "late"
    service.close()


def test_a_job_that_does_not_open_fails_while_the_others_go_on(light: ContextService, make_job: MakeJob) -> None:
    jobs = [make_job() for _ in range(4)]
    tampered, wrong_key = jobs[1:3]
    last = tampered.items[-1]
    tampered.items = (*tampered.items[:-1], replace(last, sealed=last.sealed[:-1] + bytes([last.sealed[-1] ^ 1])))
    wrong_key.data_key = new_data_key()
    pids = light.pids
    for job in jobs:
        job.submit(light)
    assert [job.wait().readiness for job in jobs] == ["ready", "failed", "failed", "ready"]
    assert (light.state, light.pids) == ("ready", pids)


def test_threads_that_share_the_service_get_their_own_contexts(light: ContextService, make_job: MakeJob) -> None:
    jobs = {f"Contact {number}": make_job((), [ContextItem("contacts", f"Contact {number}")]) for number in range(40)}

    def ask(text: str) -> list[str]:
        jobs[text].submit(light)
        jobs[text].wait()
        return texts_of(light, jobs[text])

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(ask, jobs)) == [[text] for text in jobs]


def test_no_conversation_waits_for_another(light: ContextService, make_job: MakeJob) -> None:
    """One job hangs in one worker; the other worker answers."""
    hanging, other = make_job(HANG), make_job()
    hanging.submit(light)
    other.submit(light)
    assert other.wait().readiness == "ready"
    assert light.take(hanging.id).readiness == "late"
    assert hanging.wait().readiness == "late"


def test_what_hangs_is_ended_at_its_deadline_and_the_spare_steps_in(light: ContextService, make_job: MakeJob) -> None:
    first, spare = light.pids
    hanging, after = make_job(HANG), make_job()
    hanging.submit(light, within_s=0.4)
    assert hanging.wait().readiness == "late"
    assert light.pids[0] == spare
    after.submit(light)
    assert after.wait().readiness == "ready"
    wait_until(lambda: not is_alive(first))
    wait_until(lambda: light.ready_workers == 2)


def test_a_worker_that_is_merely_slow_gives_up_in_time_and_stays(
    light: ContextService, make_job: MakeJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    pids, slow = light.pids, make_job((Turn("user", fault_text(SLOW)),))
    with monkeypatch.context() as patch:  # for this job alone: the next one would give up as well
        patch.setattr("core.context.pool.CANCEL_BEFORE_S", WITHIN_S - 0.5)
        slow.submit(light)
        assert slow.wait().readiness == "late"
    after = make_job()
    after.submit(light)
    assert after.wait().readiness == "ready"
    assert light.pids == pids


def test_taking_pulls_the_deadline_forward(
    light: ContextService, make_job: MakeJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The user barges in: nobody waits for the slow worker any more, though its deadline is far."""
    monkeypatch.setattr("core.context.pool.GRACE_S", WITHIN_S)
    pids, slow = light.pids, make_job((Turn("user", fault_text(SLOW)),))
    slow.submit(light)
    assert light.take(slow.id).readiness == "late"
    assert slow.wait().readiness == "late"
    assert light.pids == pids


@pytest.mark.parametrize("deadline_s", [0.0, -1.0, float("nan"), float("-inf")])
def test_a_deadline_that_is_over_is_late_and_disturbs_nobody(
    light: ContextService, make_job: MakeJob, deadline_s: float
) -> None:
    job, pids = make_job(HANG), light.pids
    light.submit(job.id, job.data_key, job.items, job.note, deadline_s)
    assert [taken.readiness for taken in job.settled] == ["late"]
    assert light.take(job.id).readiness == "late"
    assert light.pids == pids


def test_a_deadline_comes_nearer_and_never_moves_away(light: ContextService, make_job: MakeJob) -> None:
    hanging = make_job(HANG)
    hanging.submit(light)
    light.set_deadline(hanging.id, time.monotonic() + 0.3)
    light.set_deadline(hanging.id, float("inf"))
    light.set_deadline(hanging.id, float("nan"))
    light.set_deadline("nobody", 0.0)
    assert hanging.wait().readiness == "late"


def test_handing_in_never_waits_and_what_nobody_takes_falls_out(light: ContextService, make_job: MakeJob) -> None:
    pattern = make_job(turns=(), items=[ContextItem("contacts", "x" * 200)])
    jobs = [replace(pattern, id=f"job-{number}", settled=[]) for number in range(MAX_ANSWERS + 1)]
    for job in jobs:
        job.submit(light)
    wait_until(lambda: all(job.settled for job in jobs[1:]))
    states = [light.take(job.id).readiness for job in jobs]
    assert states == ["late"] + ["ready"] * MAX_ANSWERS
    assert [len(job.settled) for job in jobs[1:]] == [1] * MAX_ANSWERS


def test_a_job_that_nobody_knows_is_late(light: ContextService) -> None:
    assert light.take("never handed in").readiness == "late"
    light.discard("never handed in")


def test_a_discarded_job_is_not_heard_of_again(light: ContextService, make_job: MakeJob) -> None:
    discarded, later = make_job((Turn("user", fault_text(SLOW)),)), make_job()
    discarded.submit(light)
    light.discard(discarded.id)
    later.submit(light)
    assert later.wait().readiness == "ready"
    assert light.take(discarded.id).readiness == "late"
    assert discarded.settled == []


def test_while_somebody_recognises_only_awaited_work_goes_on(light: ContextService, make_job: MakeJob) -> None:
    def statuses() -> list[str]:
        return [psutil.Process(pid).status() for pid in light.pids]

    with light.undisturbed():
        wait_until(lambda: statuses() == [psutil.STATUS_STOPPED] * 2)
        job = make_job()
        job.submit(light)
        assert job.wait().readiness == "ready", "another conversation's window is open"
        wait_until(lambda: statuses() == [psutil.STATUS_STOPPED] * 2)
    wait_until(lambda: psutil.STATUS_STOPPED not in statuses())


def test_a_worker_that_is_killed_while_idle_is_replaced(light: ContextService, make_job: MakeJob) -> None:
    first, spare = light.pids
    os.kill(first, signal.SIGKILL)
    wait_until(lambda: light.pids[0] == spare)
    job = make_job()
    job.submit(light)
    assert job.wait().readiness == "ready"
    wait_until(lambda: light.ready_workers == 2)


def test_prepared_texts_are_known_to_worker_spare_and_replacement(light: ContextService, make_job: MakeJob) -> None:
    names = [f"Contact {number}" for number in range(600)]
    light.prepare(names)
    assert light.wait_until_prepared(WITHIN_S)
    ended = light.pids[0]
    os.kill(ended, signal.SIGKILL)
    wait_until(lambda: ended not in light.pids)
    wait_until(lambda: light.ready_workers == 2 and light.wait_until_prepared(WITHIN_S))
    jobs = [make_job(items=[ContextItem("contacts", name) for name in names]) for _ in range(2)]
    for job in jobs:
        job.submit(light)
    for job in jobs:
        assert {h.text for h in job.wait().context.bias.hotwords} >= set(names)
    light.prepare(names[:10])
    assert light.wait_until_prepared(WITHIN_S)
    light.prepare([])
    assert light.wait_until_prepared(WITHIN_S)


def test_of_many_lists_prepared_at_once_the_wait_is_for_the_last(light: ContextService) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: light.prepare([f"Contact {number}"]), range(400)))
    light.prepare([])
    assert light.wait_until_prepared(WITHIN_S)


def test_the_workers_leave_the_processor_to_the_recogniser(light: ContextService) -> None:
    assert [psutil.Process(pid).nice() for pid in light.pids] == [os.nice(0) + NICENESS] * 2


def test_a_model_that_cannot_be_loaded_fails_the_first_jobs_and_switches_the_context_off(
    monkeypatch: pytest.MonkeyPatch, make_job: MakeJob
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setattr("core.context.service.MAX_WINDOW_S", WITHIN_S)  # loading may take that long on a busy machine
    service, job, after = ContextService("no-such-model"), make_job(), make_job()
    job.submit(service)
    assert service.take(make_job().id).readiness == "late"
    assert job.wait().readiness == "failed"
    assert service.wait_until_loaded(WITHIN_S) == "failed"
    after.submit(service)
    assert after.wait().readiness == service.take(after.id).readiness == "disabled"
    service.close()


def test_a_worker_that_cannot_be_started_switches_the_context_off(
    monkeypatch: pytest.MonkeyPatch, make_job: MakeJob
) -> None:
    monkeypatch.setattr(sys, "executable", "no/such/python")
    service, job = ContextService(HASH, worker=MODULE), make_job()
    assert service.wait_until_loaded(WITHIN_S) == "failed"
    job.submit(service)
    assert job.wait().readiness == "disabled"
    service.close()


@pytest.mark.parametrize("how", ["while it loads", "while it stands still", "while it works"])
def test_closing_leaves_no_process_and_no_open_job(make_job: MakeJob, how: str) -> None:
    service, job = ContextService(HASH, worker=MODULE), make_job(HANG)
    wait_until(lambda: bool(service.pids))
    if how != "while it loads":
        assert service.wait_until_loaded(WITHIN_S) == "ready"
    job.submit(service)
    pids = service.pids
    if how == "while it stands still":
        os.kill(pids[0], signal.SIGSTOP)
    service.close()
    assert not any(map(is_alive, pids))
    assert job.wait().readiness == "failed"
    assert service.state == service.wait_until_loaded(WITHIN_S) == "closed"
    after = make_job()
    after.submit(service)
    assert after.wait().readiness == "disabled"
    service.close()


@pytest.mark.parametrize("started", ["service.pids", "service.ready_workers == 2"], ids=["at its start", "loaded"])
def test_no_worker_outlives_its_parent_not_even_one_that_stands_still(started: str) -> None:
    """The parent is killed, so it can close nothing."""
    code = f"""if True:
        import psutil, time
        from core.context.service import ContextService
        service = ContextService("hash", worker="evals.benchmarks.faults")
        while not {started}:
            time.sleep(0.001)
        with service.undisturbed():
            while any(psutil.Process(pid).status() != "stopped" for pid in service.pids):
                time.sleep(0.01)
            print(*service.pids, flush=True)
            time.sleep(600)
    """
    with subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pids = [int(pid) for pid in parent.stdout.readline().split()]
        parent.kill()
    assert pids
    wait_until(lambda: not any(map(is_alive, pids)))


def test_nothing_that_was_said_is_written_anywhere(make_job: MakeJob, capfd: pytest.CaptureFixture[str]) -> None:
    service = ContextService(HASH, worker=MODULE)
    secret = make_job((), [ContextItem("contacts", CANARY)])
    secret.data_key = new_data_key()
    for job in (secret, make_job()):
        job.submit(service)
        job.wait()
    service.close()
    written = "".join(capfd.readouterr())
    assert not any(word in written for word in (CANARY, "Meg", "Bauer", "Call"))
