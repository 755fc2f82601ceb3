"""The context service as a conversation sees it: hand in a job, later take what is ready. Nothing here ever waits."""

import itertools
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from typing import Literal

from core.context.answer import Times, decode_answer
from core.context.job import encode_job
from core.context.pool import ANSWERS
from core.context.process import Ending, Task
from core.context.ranking import CLASS_TEXTS, NO_CONTEXT, Context
from core.context.supervisor import State, Supervisor
from core.context.wire import Frame, Kind
from core.settings import CONTEXT_MEMORY_MB, CONTEXT_TTL_S
from core.store.interface import SealedItem

WORKER = "core.context.worker"
MAX_ANSWERS = 1000  # what nobody takes falls out, oldest first, and what has expired at the next job
MAX_WINDOW_S = 60.0  # longer than any reply: what a job has whose deadline is not known yet


@dataclass(frozen=True, slots=True, eq=False)
class Taken:
    """What was there when the utterance came: a context where `readiness` is "ready", an empty one otherwise.

    late: not ready. failed: the computation broke. disabled: after repeated faults nothing is computed for a while.
    """

    readiness: Literal["ready", "late", "failed", "disabled"]
    context: Context = NO_CONTEXT
    times: Times | None = None


@dataclass(slots=True, eq=False)
class _Job:
    number: int
    expires_at_s: float  # of `time.monotonic`
    on_settled: Callable[[Taken], None]
    taken: Taken | None = None


class ContextService:
    """Shared by all conversations: a worker process, a hot spare, and a thread that looks after them.

    Args:
        embedding_model: a name as `core.context.embedding` takes it.
        memory_mb: what each of the two processes may hold in memory; one that holds more is ended.
        worker: the module that is run; another one only to see what happens when a worker goes wrong.
        ttl_s: how long an answer is kept for who may take it.
    """

    def __init__(
        self,
        embedding_model: str,
        memory_mb: int = CONTEXT_MEMORY_MB,
        worker: str = WORKER,
        ttl_s: float = CONTEXT_TTL_S,
    ) -> None:
        self._ttl_s = ttl_s
        self._lock = threading.Lock()
        self._jobs: OrderedDict[str, _Job] = OrderedDict()
        self._numbers = itertools.count(1)
        self._supervisor = Supervisor([worker, embedding_model], memory_mb * 1024 * 1024)
        self.prepare(())

    @property
    def state(self) -> State:
        """Whether contexts can be computed: "failed" while faults have switched them off."""
        return self._supervisor.state

    @property
    def pids(self) -> tuple[int, ...]:
        """The process ids of the worker and its spare."""
        return self._supervisor.pids

    @property
    def memory_mb(self) -> tuple[int, ...]:
        """What each of the processes holds in memory."""
        return tuple(size // (1024 * 1024) for size in self._supervisor.memory_bytes)

    @property
    def ready_workers(self) -> int:
        """How many of the two have their model loaded."""
        return self._supervisor.ready_workers

    def wait_until_loaded(self, timeout_s: float) -> State:
        """For start-up and batch runs, never for a turn: wait for the model to be loaded, or to have failed."""
        self._supervisor.settled.wait(timeout_s)
        return self.state

    def wait_until_prepared(self, timeout_s: float) -> bool:
        """For start-up and measurements, never for a turn: wait until worker and spare know all prepared texts."""
        return self._supervisor.prepared.wait(timeout_s)

    def prepare(self, texts: Iterable[str]) -> None:
        """Embed texts that are known beforehand, such as an address book, in place of those given before.

        Returns at once; the work is done while nobody recognises. To be called again when they change.
        """
        self._supervisor.prepare((*CLASS_TEXTS, *texts))

    def submit(
        self,
        job_id: str,
        data_key: bytes,
        items: tuple[SealedItem, ...],
        on_settled: Callable[[Taken], None],
        deadline_s: float = float("inf"),
    ) -> None:
        """Start the computation of one context.

        Args:
            job_id: the interaction's.
            data_key: opens the items.
            items: as they were stored.
            on_settled: called once it has ended, mostly from another thread; it must not wait.
            deadline_s: when the answer has to be there, `time.monotonic` seconds; see also `set_deadline`.
        """
        now_s = time.monotonic()
        job = _Job(next(self._numbers), now_s + self._ttl_s, on_settled)
        with self._lock:
            fallen_out = self._pop_untaken(now_s)
            self._jobs[job_id] = job
        for untaken in fallen_out:
            self._drop(untaken)
        if self.state in {"failed", "closed"}:
            self._settle(job, Taken("disabled"))
        elif not deadline_s > now_s:  # also what is not a number
            self._settle(job, Taken("late"))
        else:
            due_s = min(deadline_s, now_s + MAX_WINDOW_S)
            frame = Frame(Kind.JOB, job.number, encode_job(data_key, items))
            self._supervisor.submit(Task(frame, due_s, ANSWERS, partial(self._note_end, job), is_awaited=True))

    def set_deadline(self, job_id: str, deadline_s: float) -> None:
        """The deadline is known now, or has come nearer; it never moves away. `time.monotonic` seconds."""
        with self._lock:
            job = self._jobs.get(job_id)
        if job is not None:
            self._hasten(job, deadline_s)

    def take(self, job_id: str) -> Taken:
        """What is ready now, once: it is kept for nobody else. What is not ready will not be waited for, so it is
        given up.
        """
        with self._lock:
            job = self._jobs.pop(job_id, None)
        if job is None:
            return Taken("late")
        taken = job.taken
        self._hasten(job, 0.0)
        return taken or Taken("late")

    def discard(self, job_id: str) -> None:
        """Nobody will take this job any more."""
        with self._lock:
            job = self._jobs.pop(job_id, None)
        if job is not None:
            self._drop(job)

    def undisturbed(self) -> AbstractContextManager[None]:
        """To be held while somebody recognises: meanwhile workers for whose answer nobody waits stand still."""
        return self._supervisor.undisturbed()

    def close(self) -> None:
        """End the worker and its spare."""
        self._supervisor.close()

    def _hasten(self, job: _Job, deadline_s: float) -> None:
        if job.taken is None:
            self._supervisor.hasten(job.number, deadline_s)

    def _pop_untaken(self, now_s: float) -> list[_Job]:
        """What has expired, and the oldest where there is no room for another one."""
        fallen_out = []
        while self._jobs:
            oldest = next(iter(self._jobs))
            if len(self._jobs) < MAX_ANSWERS and self._jobs[oldest].expires_at_s > now_s:
                break
            fallen_out.append(self._jobs.pop(oldest))
        return fallen_out

    def _drop(self, job: _Job) -> None:
        if self._keep(job, Taken("late")):  # first, so that its end is told to nobody
            self._supervisor.hasten(job.number, 0.0)

    def _note_end(self, job: _Job, ending: Ending) -> None:
        """Called by the supervisor.

        Raises:
            ValueError: the worker's answer is not usable.
        """
        if ending.frame is None:
            self._settle(job, Taken("late" if ending.how == "late" else "failed"))
        elif ending.frame.kind == Kind.ANSWER:
            answer = decode_answer(ending.frame.payload, ending.dimensions)
            self._settle(job, Taken("ready", answer.context, answer.times))
        else:
            self._settle(job, Taken("late" if ending.frame.kind == Kind.LATE else "failed"))

    def _settle(self, job: _Job, taken: Taken) -> None:
        if self._keep(job, taken):
            job.on_settled(taken)

    def _keep(self, job: _Job, taken: Taken) -> bool:
        """Whether this is how the job ends, which is what comes first; the caller does not hold the lock."""
        with self._lock:
            is_first = job.taken is None
            job.taken = job.taken or taken
        return is_first
