"""The context service as a conversation sees it: hand in a job, later take what is ready. Nothing here ever waits."""

import base64
import json
import os
import queue
import subprocess
import sys
import threading
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from core.context.bias import build_bias_list
from core.context.ranking import NO_CONTEXT, Context
from core.context.worker import encode_job
from core.dialogue import ContextItem
from core.settings import ROOT
from core.store.interface import SealedItem

MAX_ANSWERS = 1000  # what nobody takes falls out, oldest first
EXIT_WITHIN_S = 2.0

State = Literal["starting", "ready", "failed", "closed"]


@dataclass(frozen=True, slots=True, eq=False)
class Taken:
    """What was there when the utterance came: a context where `readiness` is "ready", an empty one otherwise."""

    readiness: Literal["ready", "late", "failed"]
    context: Context = NO_CONTEXT


@dataclass(slots=True, eq=False)
class _Job:
    on_answered: Callable[[], None]
    taken: Taken | None = None


class ContextService:
    """One worker process, shared by all conversations.

    `submit` and `take` return at once: a thread writes to the worker, another reads from it. When the worker dies, its
    open jobs fail, and the next job starts a new worker.
    """

    def __init__(self, embedding_model: str) -> None:
        self._embedding_model = embedding_model
        self._lock = threading.Lock()
        self._jobs: OrderedDict[str, _Job] = OrderedDict()
        self._state: State = "closed"
        self._settled = threading.Event()
        self._start()

    @property
    def state(self) -> State:
        """Whether the worker's model is loaded."""
        return self._state

    @property
    def worker_pid(self) -> int:
        """The process id of the present worker."""
        return self._process.pid

    def wait_until_loaded(self, timeout_s: float) -> State:
        """For start-up and batch runs, never for a turn: wait for the model to be loaded, or to have failed."""
        self._settled.wait(timeout_s)
        return self._state

    def submit(
        self, job_id: str, data_key: bytes, items: tuple[SealedItem, ...], on_answered: Callable[[], None]
    ) -> None:
        """Start the computation of one context. `on_answered` is called once it has ended, from another thread.

        Where a new worker is needed and cannot be started, the computation has failed and ended before this returns.
        """
        with self._lock:
            self._jobs[job_id] = _Job(on_answered)
            while len(self._jobs) > MAX_ANSWERS:
                self._jobs.popitem(last=False)
            if self._state == "failed":
                with suppress(OSError):  # no memory or no process to be had: then the state stays as it is
                    self._start()
            has_failed, lines = self._state == "failed", self._lines
        if has_failed:
            self._settle(job_id, Taken("failed"))
        else:
            lines.put(encode_job(job_id, data_key, items))

    def take(self, job_id: str) -> Taken:
        """What is ready now."""
        with self._lock:
            job = self._jobs.get(job_id)
        return job.taken if job and job.taken else Taken("late")

    def discard(self, job_id: str) -> None:
        """Nobody will take this job any more."""
        with self._lock:
            self._jobs.pop(job_id, None)

    def close(self) -> None:
        """End the worker; killed if it does not end by itself."""
        with self._lock:
            self._state = "closed"
        self._lines.put(None)
        try:
            self._process.wait(EXIT_WITHIN_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _start(self) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - our own module, no shell
            [sys.executable, "-m", "core.context.worker", self._embedding_model],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=ROOT,
            env=os.environ | {"OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false"},
            text=True,
        )
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._state = "starting"
        self._settled.clear()
        for target in (self._write, self._read):
            threading.Thread(target=target, args=(self._process, self._lines), daemon=True).start()

    def _write(self, process: "subprocess.Popen[str]", lines: "queue.SimpleQueue[str | None]") -> None:
        assert process.stdin is not None  # noqa: S101 - it was opened as a pipe
        try:
            while (line := lines.get()) is not None:
                print(line, file=process.stdin, flush=True)
            process.stdin.close()
        except OSError:
            process.kill()  # its input is gone; the reader sees the end and fails the jobs

    def _read(self, process: "subprocess.Popen[str]", lines: "queue.SimpleQueue[str | None]") -> None:
        assert process.stdout is not None  # noqa: S101 - it was opened as a pipe
        try:
            with process.stdout, suppress(json.JSONDecodeError):  # a killed worker may leave half a line
                for line in process.stdout:
                    self._receive(json.loads(line))
        finally:  # also when a callback raised: nobody reads this worker's answers any more
            process.kill()
            process.wait()
            lines.put(None)
            self._fail_open_jobs()

    def _receive(self, answer: dict[str, Any]) -> None:
        if "ready" in answer:
            self._state = "ready"
            self._settled.set()
        elif "job_id" in answer:
            self._settle(answer["job_id"], _taken(answer))

    def _fail_open_jobs(self) -> None:
        with self._lock:
            if self._state != "closed":
                self._state = "failed"
            self._settled.set()
            open_jobs = [job_id for job_id, job in self._jobs.items() if job.taken is None]
        for job_id in open_jobs:
            self._settle(job_id, Taken("failed"))

    def _settle(self, job_id: str, taken: Taken) -> None:
        with self._lock:
            job = self._jobs.get(job_id)
            if job is None or job.taken is not None:
                return
            job.taken = taken
        job.on_answered()


def _taken(answer: dict[str, Any]) -> Taken:
    if "error" in answer:
        return Taken("failed")
    vector = np.frombuffer(base64.b64decode(answer["vector"]), dtype="<f4") if answer["vector"] else None
    bias = build_bias_list((ContextItem(signal, text), score) for signal, text, score in answer["hotwords"])
    return Taken("ready", Context(vector, bias))
