"""A worker and a hot spare: who gets which task, who is ended, who starts anew. Told the time, used from one thread.

A worker has one task at a time, so ending it costs that task alone. Two jobs at once go to two workers: no conversation
waits for another.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from core.context.breaker import Breaker
from core.context.prepared import Prepared
from core.context.process import Ending, Task, WorkerProcess
from core.context.wire import BrokenFrame, Frame, Kind, pack, unpack

WORKERS = 2
LOAD_WITHIN_S = 180.0
BACKGROUND_WITHIN_S = 30.0
CANCEL_BEFORE_S = 0.2  # more than one chunk takes: a worker that is well gives up before the deadline and is not ended
GRACE_S = 1.0  # the same, where the deadline was pulled forward to now
PAUSED_AT_MOST_S = 60.0  # a busy machine must not keep a worker from ever loading
PROBE = ["Is anybody there?"]
ANSWERS = frozenset({Kind.ANSWER, Kind.FAILED, Kind.LATE})
"""How a worker may answer a job."""


class Unusable(ValueError):
    """The worker's model cannot be loaded, nor could another worker load it."""


class Pool:
    """`arguments` are those of `python -m` that start a worker, `memory_bytes` is what each of them may hold."""

    def __init__(self, arguments: Sequence[str], memory_bytes: int) -> None:
        self.breaker = Breaker()
        self.workers: tuple[WorkerProcess, ...] = ()  # replaced, never changed: other threads read it
        self.queue: list[Task] = []
        self.prepared = Prepared()
        self.recognising = 0
        self._arguments = arguments
        self._memory_bytes = memory_bytes
        self._ended: list[WorkerProcess] = []

    @property
    def is_settled(self) -> bool:
        """Whether a model is loaded, or known not to load."""
        return self.breaker.state != "closed" or any(worker.is_loaded for worker in self.workers)

    @property
    def is_prepared(self) -> bool:
        """Whether a worker knows all prepared texts, and so does its spare, where there is one."""
        loaded = [worker for worker in self.workers if worker.is_loaded]
        return bool(loaded) and self.prepared.is_complete() and not any(map(self._is_learning, loaded))

    def tick(self, now_s: float) -> None:
        """Do whatever has become due."""
        self._ended = [worker for worker in self._ended if worker.process.poll() is None]
        self._end_bad_workers(now_s)
        self._end_late_jobs(now_s)
        self._start_worker(now_s)
        self._hand_out_jobs()
        self._hand_out_background(now_s)
        self._set_pace(now_s)

    def hasten(self, number: int, due_s: float, now_s: float) -> None:
        """A job's deadline comes nearer; it never moves away. Where it is now, nobody waits any more."""
        for task in (*self.queue, *(worker.task for worker in self.workers if worker.task)):
            if task.is_awaited and task.frame.number == number:
                task.due_s = min(task.due_s, due_s)
        for worker in self.workers:
            if worker.task and worker.is_awaited and worker.task.due_s <= now_s:
                self._cancel(worker, worker.task)
                worker.task.is_awaited, worker.task.due_s = False, now_s + GRACE_S

    def read(self, worker: WorkerProcess, now_s: float) -> None:
        """Take what a worker has written."""
        try:
            for frame in worker.receive():
                self._take(worker, frame)
        except Unusable:
            self._end(worker, Ending("failed"), now_s, lasting=True)
        except (EOFError, OSError, ValueError):
            self._end(worker, Ending("failed"), now_s)

    def close(self) -> None:
        """End all workers; returns once they are gone."""
        open_tasks = [*self.queue, *(worker.task for worker in self.workers if worker.task)]
        for worker in self.workers:
            worker.end()
        for worker in (*self._ended, *self.workers):
            worker.process.wait()
        self.workers, self.queue = (), []
        for task in open_tasks:
            task.on_end(Ending("failed"))

    def _take(self, worker: WorkerProcess, frame: Frame) -> None:
        task = worker.task
        if task is None or frame.number != task.frame.number or frame.kind not in task.answers:
            raise BrokenFrame("an answer that nobody asked for")
        task.on_end(Ending("answered", frame, worker.dimensions))
        worker.task = None
        if task.frame.kind == Kind.JOB or self.breaker.state == "probing":
            self.breaker.note_success()

    def _end_bad_workers(self, now_s: float) -> None:
        for worker in self.workers:
            task = worker.task
            if worker.memory_bytes > self._memory_bytes:
                self._end(worker, Ending("failed"), now_s)
            elif task and worker.paused_at_s is None and task.due_s <= now_s:
                self._end(worker, Ending("late"), now_s)
            elif task and task.is_awaited and task.due_s - CANCEL_BEFORE_S <= now_s:
                self._cancel(worker, task)

    def _end_late_jobs(self, now_s: float) -> None:
        late = [task for task in self.queue if task.due_s <= now_s]
        self.queue = [task for task in self.queue if task.due_s > now_s]
        for task in late:
            task.on_end(Ending("late"))

    def _cancel(self, worker: WorkerProcess, task: Task) -> None:
        if not task.is_cancelled:
            task.is_cancelled = True
            worker.send(Frame(Kind.CANCEL, task.frame.number))

    def _end(self, worker: WorkerProcess, ending: Ending, now_s: float, lasting: bool = False) -> None:
        worker.end()
        self._ended.append(worker)
        self.workers = tuple(other for other in self.workers if other is not worker)
        self._note_fault(now_s, lasting)
        if worker.task is not None:
            worker.task.on_end(ending)

    def _note_fault(self, now_s: float, lasting: bool = False) -> None:
        self.breaker.note_fault(now_s, lasting)
        if self.breaker.state == "open":
            hopeless, self.queue = self.queue, []
            for task in hopeless:
                task.on_end(Ending("failed"))

    def _start_worker(self, now_s: float) -> None:
        """One at a time, and never while somebody recognises: loading takes all of a core."""
        if self.recognising:
            return
        if self.breaker.may_probe(now_s):
            self.breaker.begin_probe()
        is_loading = any(not worker.is_loaded for worker in self.workers)
        if self.breaker.state == "open" or is_loading or len(self.workers) == WORKERS:
            return
        try:
            worker = WorkerProcess.start(self._arguments)
        except OSError:
            self._note_fault(now_s)
            return
        answers = frozenset({Kind.READY, Kind.UNUSABLE})
        worker.task = Task(Frame(Kind.READY, 0), now_s + LOAD_WITHIN_S, answers, partial(_note_loaded, worker))
        self.workers = (*self.workers, worker)

    def _idle(self) -> Iterator[WorkerProcess]:
        return (worker for worker in self.workers if worker.is_loaded and worker.task is None)

    def _hand_out_jobs(self) -> None:
        self.queue.sort(key=lambda task: task.due_s)
        for worker in self._idle():
            if self.queue:
                _give(worker, self.queue.pop(0))

    def _hand_out_background(self, now_s: float) -> None:
        """To one worker at a time, so that the other is free for a job."""
        is_busy = any(worker.is_loaded and worker.task and not worker.is_awaited for worker in self.workers)
        if self.recognising or self.queue or is_busy:
            return
        for worker in self._idle():
            if (task := self._choose_background(worker, now_s + BACKGROUND_WITHIN_S)) is not None:
                _give(worker, task)
                return

    def _choose_background(self, worker: WorkerProcess, due_s: float) -> Task | None:
        if self.breaker.state == "probing":
            return _background(Kind.EMBED, pack(PROBE), due_s, _require_embedded)
        if self.prepared.lacks(worker):
            return _background(Kind.REMEMBER, self.prepared.hand_over(worker), due_s, lambda _: None)
        if texts := self.prepared.next_texts():
            return _background(Kind.EMBED, pack(texts), due_s, partial(self._learn, texts))
        return None

    def _learn(self, texts: list[str], ending: Ending) -> None:
        if ending.frame is not None and ending.frame.kind == Kind.EMBEDDED:
            self.prepared.learn(texts, ending.frame.payload, ending.dimensions)

    def _is_learning(self, worker: WorkerProcess) -> bool:
        return self.prepared.lacks(worker) or (worker.task is not None and worker.task.frame.kind != Kind.JOB)

    def _set_pace(self, now_s: float) -> None:
        """While somebody recognises or waits for a context, all else stands still: loading, too, takes a whole core."""
        is_urgent = self.recognising > 0 or any(worker.is_awaited for worker in self.workers)
        for worker in self.workers:
            if is_urgent and not worker.is_awaited and worker.paused_for_s(now_s) < PAUSED_AT_MOST_S:
                worker.pause(now_s)
            else:
                worker.resume(now_s)


def _give(worker: WorkerProcess, task: Task) -> None:
    worker.task = task
    worker.send(task.frame)


def _background(kind: Kind, payload: bytes, due_s: float, on_end: Callable[[Ending], None]) -> Task:
    answers = frozenset({Kind.EMBEDDED if kind == Kind.EMBED else Kind.REMEMBERED, Kind.FAILED, Kind.LATE})
    return Task(Frame(kind, 0, payload), due_s, answers, on_end)


def _require_embedded(ending: Ending) -> None:
    if ending.frame is not None and ending.frame.kind != Kind.EMBEDDED:
        raise ValueError("the probe was not answered")


def _note_loaded(worker: WorkerProcess, ending: Ending) -> None:
    if ending.frame is None:
        return
    if ending.frame.kind == Kind.UNUSABLE:
        raise Unusable
    worker.dimensions, _ = unpack(ending.frame.payload)
    worker.is_loaded = True
