"""A run in processes of its own, so that the page stays quick; how far it is, is read from the run's folder."""

import atexit
import os
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from core.errors import RunError
from core.settings import ROOT
from evals.manifest import read_manifest
from evals.results import HYPOTHESES

Outcome = Literal["done", "stopped", "failed"]


@dataclass(frozen=True, slots=True)
class RunRequest:
    """What is to be run. `manifest` may be relative to the project's folder."""

    manifest: Path
    folder: Path
    model: str
    limit: int | None = None

    @property
    def arguments(self) -> list[str]:
        """The options of `evals.run`."""
        limit = ["--limit", str(self.limit)] if self.limit else []
        return ["--manifest", str(self.manifest), "--out", str(self.folder), "--model", self.model, *limit]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is. `remaining_s` is None as long as nothing can be said."""

    done: int
    total: int
    remaining_s: float | None


class Evaluation:
    """One run: recognising, then measuring. Nothing here waits; `poll` has to be called now and then.

    `outcome` is None while it goes on; `error` is the line that a run which failed ended with.

    Raises:
        ManifestError: the set is not as it should be.
    """

    def __init__(self, request: RunRequest) -> None:
        self.request = request
        self.total = len(read_manifest(ROOT / request.manifest)[: request.limit])
        self.outcome: Outcome | None = None
        self.error = ""
        self._lock = threading.Lock()
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - read when the process has ended
        self._pace = _Pace(self._count_done())
        self._is_measuring = False
        self._process = self._start("evals.run", *request.arguments)

    def poll(self) -> Progress:
        """How far the run is; begins the measuring when everything is recognised."""
        with self._lock:
            status = self._process.poll()
            if status is not None and self.outcome is None:
                self._go_on(status)
        done = self._count_done()
        return Progress(done, self.total, self._pace.estimate_s(done, self.total, time.monotonic()))

    def stop(self) -> None:
        """End it. Each finished utterance is a whole line on the disk, so nothing of it is lost."""
        with self._lock:
            if self.outcome is None:
                self.outcome = "stopped"
                self._process.terminate()
                self._process.wait()

    def _go_on(self, status: int) -> None:
        if status:
            self.outcome, self.error = "failed", self._read_last_line()
        elif self._is_measuring:
            self.outcome = "done"
        else:
            self._is_measuring = True
            self._process = self._start("evals.score", str(self.request.folder))

    def _start(self, module: str, *arguments: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(  # noqa: S603 - a list of arguments, no shell
            [sys.executable, "-m", module, *arguments],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
        )

    def _count_done(self) -> int:
        path = self.request.folder / HYPOTHESES
        return path.read_bytes().count(b"\n") if path.exists() else 0

    def _read_last_line(self) -> str:
        self._log.seek(0, os.SEEK_SET)
        lines = self._log.read().decode("utf-8", "replace").split("\n")
        return next((line for line in reversed(lines) if line.strip()), "It ended without a word.")


class _Pace:
    """How fast a run is. It begins with the first utterance that is finished: loading the models says nothing."""

    def __init__(self, done_before: int) -> None:
        self._start: tuple[int, float] | None = None
        self._done_before = done_before

    def estimate_s(self, done: int, total: int, now_s: float) -> float | None:
        if self._start is None:
            if done > self._done_before:
                self._start = done, now_s
            return None
        first_done, began_s = self._start
        return (total - done) * (now_s - began_s) / (done - first_done) if done > first_done else None


class Desk:
    """The one place of a server where runs are started: one at a time, as they would only slow each other down."""

    def __init__(self) -> None:
        self.latest: Evaluation | None = None
        self._lock = threading.Lock()
        atexit.register(self._close)

    @property
    def is_busy(self) -> bool:
        """Whether a run goes on."""
        return self.latest is not None and self.latest.outcome is None

    def start(self, request: RunRequest) -> None:
        """Begin a run.

        Raises:
            ManifestError: the set is not as it should be.
            RunError: another run goes on.
        """
        with self._lock:
            if self.is_busy:
                raise RunError("Another run goes on; wait for its end or stop it.")
            self.latest = Evaluation(request)

    def _close(self) -> None:
        if self.latest is not None:
            self.latest.stop()
