"""The thread that looks after the workers. It never blocks, and nobody ever waits for it.

Other threads post what they want and go on: Python cannot keep a deadline in a thread that computes, but one that only
watches can end a process that does not keep it.
"""

import selectors
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from typing import Literal

from core.context.pool import Pool
from core.context.process import Task, WorkerProcess

WATCH_S = 0.01  # how often is looked while a worker is at something
IDLE_WATCH_S = 0.1

State = Literal["starting", "ready", "failed", "closed"]


class Supervisor:
    """Runs a pool of workers, see `Pool` for the arguments."""

    def __init__(self, arguments: Sequence[str], memory_bytes: int) -> None:
        self.settled = threading.Event()
        self.prepared = threading.Event()
        self._pool = Pool(arguments, memory_bytes)
        self._preparing = threading.Lock()  # held for a moment, so that `prepared` never tells of an older list
        self._is_closing = False
        self._wishes: deque[Callable[[], None]] = deque()
        self._ear, self._bell = socket.socketpair()
        for end in (self._ear, self._bell):
            end.setblocking(False)
        self._thread = threading.Thread(target=self._run, name="context supervisor", daemon=True)
        self._thread.start()

    @property
    def state(self) -> State:
        """Whether there is a worker whose model is loaded."""
        if self._is_closing:
            return "closed"
        if self._pool.breaker.state != "closed":
            return "failed"
        return "ready" if self._pool.is_settled else "starting"

    @property
    def pids(self) -> tuple[int, ...]:
        """The workers' process ids; a job goes to the first that is idle."""
        return tuple(worker.pid for worker in self._pool.workers)

    @property
    def memory_bytes(self) -> tuple[int, ...]:
        """What each worker holds in memory, in the order of `pids`."""
        return tuple(worker.memory_bytes for worker in self._pool.workers)

    @property
    def ready_workers(self) -> int:
        """How many workers have their model loaded."""
        return sum(worker.is_loaded for worker in self._pool.workers)

    def submit(self, task: Task) -> None:
        """Hand in one job."""
        self._post(lambda: self._pool.queue.append(task))

    def hasten(self, number: int, due_s: float) -> None:
        """A job's deadline comes nearer; a deadline never moves away."""
        self._post(lambda: self._pool.hasten(number, due_s, time.monotonic()))

    def prepare(self, texts: Iterable[str]) -> None:
        """Embed these texts in idle time, in place of those that were prepared before."""
        wish = partial(self._pool.prepared.replace, tuple(texts))
        with self._preparing:
            self.prepared.clear()
            self._post(wish)

    @contextmanager
    def undisturbed(self) -> Iterator[None]:
        """While somebody recognises, only workers go on for whose answer somebody waits."""
        self._post(partial(self._count_recognising, 1))
        try:
            yield
        finally:
            self._post(partial(self._count_recognising, -1))

    def close(self) -> None:
        """End all workers; returns once they are gone."""
        self._is_closing = True
        self._post(lambda: None)
        self._thread.join()

    def _post(self, wish: Callable[[], None]) -> None:
        self._wishes.append(wish)
        with suppress(OSError):  # full: it was rung already; closed: nobody listens any more
            self._bell.send(b"!")

    def _run(self) -> None:
        try:
            while not self._is_closing:
                self._pool.tick(time.monotonic())
                self._tell()
                self._listen()
                while self._wishes:
                    self._wishes.popleft()()
        finally:  # whatever happens here, no process is left behind
            self._is_closing = True
            self._pool.close()
            self._tell()
            self._ear.close()
            self._bell.close()

    def _listen(self) -> None:
        """Wait until somebody says something or it is time to look again."""
        with selectors.PollSelector() as selector:
            selector.register(self._ear, selectors.EVENT_READ, self._take_rings)
            for worker in self._pool.workers:
                selector.register(worker.output, selectors.EVENT_READ, partial(self._read, worker))
                if worker.unsent:
                    selector.register(worker.input, selectors.EVENT_WRITE, partial(self._flush, worker))
            for key, _ in selector.select(self._patience_s()):
                key.data()

    def _patience_s(self) -> float:
        return WATCH_S if any(worker.task for worker in self._pool.workers) else IDLE_WATCH_S

    def _read(self, worker: WorkerProcess) -> None:
        if worker in self._pool.workers:
            self._pool.read(worker, time.monotonic())

    def _flush(self, worker: WorkerProcess) -> None:
        if worker in self._pool.workers:  # its end may have been read a moment ago
            worker.flush()

    def _take_rings(self) -> None:
        with suppress(BlockingIOError):
            self._ear.recv(4096)

    def _tell(self) -> None:
        if self._pool.is_settled or self._is_closing:
            self.settled.set()
        with self._preparing:
            if (self._pool.is_prepared and not self._wishes) or self._is_closing:
                self.prepared.set()

    def _count_recognising(self, change: int) -> None:
        self._pool.recognising += change
