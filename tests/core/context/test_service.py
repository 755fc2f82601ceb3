"""The context service with its real worker process: answers, lateness, faults, and its end.

Waiting here is for an event with a generous limit, never for a time to pass. Processes are ended by their id alone.
"""

import fcntl
import os
import signal
import sys
import termios
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from threading import Event

import numpy as np
import pytest

from core.context.embedding import Embedder
from core.context.payload import encode_items, encode_turn
from core.context.ranking import compute_context
from core.context.service import MAX_ANSWERS, ContextService
from core.dialogue import ContextItem, Turn
from core.settings import Settings
from core.store.interface import SealedItem
from core.store.sealing import new_data_key
from core.store.vault import Vault

WITHIN_S = 120.0
PIPE_BYTES = 65_536
TURNS = (Turn("user", "Call Meg."), Turn("assistant", "Do you mean Meg Jones or Meg Bauer?"))
ITEMS = tuple(
    ContextItem("contacts", name) for name in ("Tom Nakagawa", "Meg Bauer", "Søren Bjerregaard", "Meg  Jones")
)
CANARY = "Xiomara Oyelaran"


@dataclass
class Job:
    """A job as a conversation hands it in."""

    id: str
    data_key: bytes
    items: tuple[SealedItem, ...]
    answered: Event = field(default_factory=Event)
    answers: int = 0

    def submit(self, service: ContextService) -> None:
        service.submit(self.id, self.data_key, self.items, self._note_answer)

    def wait(self) -> None:
        assert self.answered.wait(WITHIN_S)

    def _note_answer(self) -> None:
        self.answers += 1
        self.answered.set()


MakeJob = Callable[..., Job]


@pytest.fixture
def make_job(vault: Vault) -> MakeJob:
    def make(turns: Sequence[Turn] = TURNS, items: Sequence[ContextItem] = ITEMS) -> Job:
        interaction = vault.begin()
        data_ids = interaction.put_all([*(encode_turn(turn) for turn in turns), *encode_items(items)])
        return Job(interaction.id, interaction.data_key, interaction.sealed(data_ids))

    return make


@contextmanager
def stopped(service: ContextService) -> Iterator[None]:
    """The worker stands still inside the block, as if the machine had no time for it."""
    pid = service.worker_pid
    os.kill(pid, signal.SIGSTOP)
    os.waitid(os.P_PID, pid, os.WSTOPPED)
    try:
        yield
    finally:
        with suppress(ProcessLookupError):  # it was ended inside the block
            os.kill(pid, signal.SIGCONT)


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


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


def test_a_dialogue_without_words_has_no_vector(context_service: ContextService, make_job: MakeJob) -> None:
    job = make_job(turns=())
    job.submit(context_service)
    job.wait()
    taken = context_service.take(job.id)
    assert (taken.readiness, taken.context.vector) == ("ready", None)
    assert texts_of(context_service, job) == sorted(" ".join(item.text.split()) for item in ITEMS)


def test_what_was_taken_can_be_taken_again(context_service: ContextService, make_job: MakeJob) -> None:
    job = make_job()
    job.submit(context_service)
    job.wait()
    assert context_service.take(job.id) is context_service.take(job.id)


def test_taking_from_a_worker_that_stands_still_is_late_and_ready_once_it_goes_on(
    context_service: ContextService, make_job: MakeJob
) -> None:
    job = make_job()
    with stopped(context_service):
        job.submit(context_service)
        taken = context_service.take(job.id)
        assert taken.readiness == "late"
        assert not taken.context.bias
        assert not job.answered.is_set()
    job.wait()
    assert context_service.take(job.id).readiness == "ready"


def test_handing_in_never_waits_and_what_nobody_takes_falls_out(
    context_service: ContextService, make_job: MakeJob
) -> None:
    """The worker stands still and its pipe is full long before the last job."""
    pattern = make_job(turns=(), items=[ContextItem("contacts", "x" * 200)])
    jobs = [replace(pattern, id=f"job-{number}", answered=Event()) for number in range(MAX_ANSWERS + 1)]
    with stopped(context_service):
        for job in jobs:
            job.submit(context_service)
    jobs[-1].wait()
    states = [context_service.take(job.id).readiness for job in jobs]
    assert states == ["late"] + ["ready"] * MAX_ANSWERS
    assert [job.answers for job in jobs] == [0] + [1] * MAX_ANSWERS


def test_a_job_that_nobody_knows_is_late(context_service: ContextService) -> None:
    assert context_service.take("never handed in").readiness == "late"


def test_a_discarded_job_is_not_heard_of_again(context_service: ContextService, make_job: MakeJob) -> None:
    discarded, later = make_job(), make_job()
    with stopped(context_service):
        discarded.submit(context_service)
        context_service.discard(discarded.id)
        later.submit(context_service)
    later.wait()
    assert context_service.take(discarded.id).readiness == "late"
    assert discarded.answers == 0
    context_service.discard(discarded.id)


def test_a_job_that_does_not_open_fails_while_the_others_go_on(
    context_service: ContextService, make_job: MakeJob
) -> None:
    sound, tampered, wrong_key, after = (make_job() for _ in range(4))
    last = tampered.items[-1]
    tampered.items = (*tampered.items[:-1], replace(last, sealed=last.sealed[:-1] + bytes([last.sealed[-1] ^ 1])))
    wrong_key.data_key = new_data_key()
    jobs = (sound, tampered, wrong_key, after)
    for job in jobs:
        job.submit(context_service)
    for job in jobs:
        job.wait()
    assert [context_service.take(job.id).readiness for job in jobs] == ["ready", "failed", "failed", "ready"]
    assert not texts_of(context_service, tampered)
    assert context_service.state == "ready"


def test_threads_that_share_the_service_get_their_own_contexts(
    context_service: ContextService, make_job: MakeJob
) -> None:
    jobs = {f"Contact {number}": make_job((), [ContextItem("contacts", f"Contact {number}")]) for number in range(40)}

    def ask(text: str) -> list[str]:
        jobs[text].submit(context_service)
        jobs[text].wait()
        return texts_of(context_service, jobs[text])

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(ask, jobs)) == [[text] for text in jobs]


def test_when_the_worker_dies_its_open_jobs_fail_and_the_next_job_starts_another(
    context_service: ContextService, make_job: MakeJob, capfd: pytest.CaptureFixture[str]
) -> None:
    before, open_jobs, after = make_job(), [make_job(), make_job()], make_job()
    before.submit(context_service)
    before.wait()
    first_pid = context_service.worker_pid
    with stopped(context_service):
        for job in open_jobs:
            job.submit(context_service)
        os.kill(first_pid, signal.SIGKILL)
        for job in open_jobs:
            job.wait()
    assert [context_service.take(job.id).readiness for job in (before, *open_jobs)] == ["ready", "failed", "failed"]
    assert context_service.state == "failed"
    assert not is_alive(first_pid)

    secret = make_job((), [ContextItem("contacts", CANARY)])
    secret.data_key = new_data_key()
    for job in (secret, after):
        job.submit(context_service)
        job.wait()
    assert context_service.worker_pid != first_pid
    assert [context_service.take(job.id).readiness for job in (secret, after)] == ["failed", "ready"]
    assert context_service.wait_until_loaded(WITHIN_S) == "ready"
    written = "".join(capfd.readouterr())
    assert not any(word in written for word in (CANARY, "Meg", "Bauer", "Call"))


def test_a_worker_that_dies_in_the_middle_of_an_answer_fails_that_job_and_is_replaced(
    context_service: ContextService, make_job: MakeJob
) -> None:
    release, reached = Event(), Event()
    blocking, long, after = (
        make_job((), ()),
        make_job(
            (),
            _many_contacts(),
        ),
        make_job(),
    )

    def hold_the_reader() -> None:
        reached.set()
        release.wait(WITHIN_S)

    context_service.submit(blocking.id, blocking.data_key, blocking.items, hold_the_reader)
    assert reached.wait(WITHIN_S)
    long.submit(context_service)
    _wait_for_a_full_pipe(context_service)
    os.kill(context_service.worker_pid, signal.SIGKILL)
    release.set()
    long.wait()
    assert context_service.take(blocking.id).readiness == "ready"
    assert context_service.take(long.id).readiness == "failed"
    after.submit(context_service)
    after.wait()
    assert context_service.take(after.id).readiness == "ready"


def test_an_unknown_model_fails_every_job_and_so_does_a_worker_that_cannot_be_started(
    monkeypatch: pytest.MonkeyPatch, make_job: MakeJob
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    service, job, without_worker = ContextService("no-such-model"), make_job(), make_job()
    job.submit(service)
    assert service.take(job.id).readiness == "late"
    job.wait()
    assert service.take(job.id).readiness == "failed"
    assert service.wait_until_loaded(WITHIN_S) == "failed"

    monkeypatch.setattr(sys, "executable", "no/such/python")
    without_worker.submit(service)
    assert service.take(without_worker.id).readiness == "failed"
    assert without_worker.answers == 1
    service.close()
    assert not is_alive(service.worker_pid)


@pytest.mark.parametrize("stands_still", [False, True], ids=["while it loads", "while it stands still"])
def test_closing_leaves_no_process_and_no_open_job(make_job: MakeJob, stands_still: bool) -> None:
    service, job = ContextService(Settings().embedding_model), make_job()
    job.submit(service)
    pid = service.worker_pid
    if stands_still:
        os.kill(pid, signal.SIGSTOP)
        os.waitid(os.P_PID, pid, os.WSTOPPED)
    service.close()
    assert not is_alive(pid)
    job.wait()
    assert service.take(job.id).readiness in {"failed", "ready"}
    assert service.state == "closed"
    assert service.wait_until_loaded(WITHIN_S) == "closed"
    service.close()


def _many_contacts() -> list[ContextItem]:
    return [ContextItem("contacts", f"Contact number {number:05d}") for number in range(PIPE_BYTES // 20)]


def _wait_for_a_full_pipe(service: ContextService) -> None:
    stdout = service._process.stdout
    assert stdout is not None
    until_s = time.monotonic() + WITHIN_S
    waiting = bytearray(4)
    while int.from_bytes(waiting, sys.byteorder) < PIPE_BYTES:
        assert time.monotonic() < until_s
        time.sleep(0.01)
        fcntl.ioctl(stdout, termios.FIONREAD, waiting)
