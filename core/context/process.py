"""One worker process as its supervisor sees it: pipes that never block, a pause, and an end.

It is started as a fresh interpreter, not forked, so it holds no copy of this process's memory or locks.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Literal

import psutil

from core.context.wire import Frame, FrameReader, Kind, encode_frame
from core.settings import ROOT

READ_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Ending:
    """How a task ended; with the worker's frame, and the dimensions of its vectors, where it answered.

    late: not answered when it was due. failed: the worker has ended, or wrote what is no answer.
    """

    how: Literal["answered", "late", "failed"]
    frame: Frame | None = None
    dimensions: int = 0


@dataclass(slots=True, eq=False)
class Task:
    """One request to a worker.

    frame: what is sent. due_s: when the worker is ended if it has not answered, `time.monotonic` seconds.
    answers: the kinds of frame that end it.
    on_end: told how it ended; raises ValueError where the worker answered what is not usable, and is then told that
        it failed.
    is_awaited: somebody's turn waits for it, so it goes on while others recognise.
    is_cancelled: the worker was told to give up.
    """

    frame: Frame
    due_s: float
    answers: frozenset[Kind]
    on_end: Callable[[Ending], None]
    is_awaited: bool = False
    is_cancelled: bool = False


@dataclass(slots=True, eq=False)
class WorkerProcess:
    """A running worker. `task` is what it is at, None where it is idle; loading its model is its first task.

    generation, remembered: which prepared texts it has, see `core.context.prepared`.
    """

    process: "subprocess.Popen[bytes]"
    task: Task | None = None
    is_loaded: bool = False
    dimensions: int = 0
    generation: int = -1
    remembered: int = 0
    paused_at_s: float | None = None
    paused_s: float = 0.0
    reader: FrameReader = field(default_factory=FrameReader)
    unsent: bytearray = field(default_factory=bytearray)

    @classmethod
    def start(cls, arguments: Sequence[str]) -> "WorkerProcess":
        """Start `python -m <arguments>`.

        Raises:
            OSError: no memory or no process to be had.
        """
        process = subprocess.Popen(  # noqa: S603 - our own module, no shell
            [sys.executable, "-m", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=ROOT,
            env=os.environ | {"OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false"},
            bufsize=0,
            process_group=0,  # so that the kernel ends it when it stands still and its parent is gone (POSIX: SIGHUP)
        )
        for pipe in (process.stdin, process.stdout):
            assert pipe is not None  # noqa: S101 - opened as a pipe just now
            os.set_blocking(pipe.fileno(), False)
        return cls(process)

    @property
    def pid(self) -> int:
        """The process id."""
        return self.process.pid

    @property
    def is_awaited(self) -> bool:
        """Whether somebody's turn waits for what it is at."""
        return self.task is not None and self.task.is_awaited

    @property
    def input(self) -> int:
        """The file descriptor to write to."""
        assert self.process.stdin is not None  # noqa: S101 - see start
        return self.process.stdin.fileno()

    @property
    def output(self) -> int:
        """The file descriptor to read from."""
        assert self.process.stdout is not None  # noqa: S101 - see start
        return self.process.stdout.fileno()

    def paused_for_s(self, now_s: float) -> float:
        """For how long it has stood still in all."""
        return self.paused_s + (now_s - self.paused_at_s if self.paused_at_s is not None else 0.0)

    @property
    def memory_bytes(self) -> int:
        """What it holds in memory now; 0 where it is gone."""
        try:
            return int(psutil.Process(self.pid).memory_info().rss)
        except psutil.Error:
            return 0

    def send(self, frame: Frame) -> None:
        """Write what the pipe takes; `flush` writes the rest."""
        self.unsent += encode_frame(frame)
        self.flush()

    def flush(self) -> None:
        """Go on writing. A broken pipe is left to the reader, who sees the end."""
        with suppress(BlockingIOError, BrokenPipeError):
            while self.unsent:
                del self.unsent[: os.write(self.input, self.unsent)]

    def receive(self) -> Iterator[Frame]:
        """The frames that have come.

        Raises:
            EOFError: the process has ended, or closed its output.
            BrokenFrame: what it wrote is no frame.
        """
        try:
            data = os.read(self.output, READ_BYTES)
        except BlockingIOError:
            return
        if not data:
            raise EOFError
        yield from self.reader.feed(data)

    def pause(self, now_s: float) -> None:
        """Stand still: no processor time at all, where a lower priority would still share it."""
        if self.paused_at_s is None:
            self.paused_at_s = now_s
            self.process.send_signal(signal.SIGSTOP)

    def resume(self, now_s: float) -> None:
        """Go on; the time that it stood still does not count."""
        if self.paused_at_s is not None:
            still_s, self.paused_at_s = now_s - self.paused_at_s, None
            self.paused_s += still_s
            if self.task is not None and not self.task.is_awaited:
                self.task.due_s += still_s
            self.process.send_signal(signal.SIGCONT)

    def end(self) -> None:
        """SIGKILL, which neither a hanging call nor a pause holds up; `process` is to be waited for."""
        self.process.kill()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()
