"""What a context worker that hangs costs the recogniser: `take` never waits, so it should cost nothing."""

import os
import signal
import threading
import uuid
from pathlib import Path

from core.context.service import ContextService
from core.errors import RunError
from core.settings import Settings
from core.speech.audio import read_clip
from evals.benchmarks.timing import Ratio, divide_times, time_in_turn
from evals.engine import load_recognizer
from evals.manifest import read_manifest

REPEATS = 15
LOADED_WITHIN_S = 120.0
ANSWERED_WITHIN_S = 30.0


def compare_hanging_worker(manifest: Path, settings: Settings) -> list[Ratio]:
    """A plain recognition after `take`, with the worker stopped (SIGSTOP) and with its answer ready."""
    recognizer = load_recognizer(settings.model, settings.threads)
    clip = read_clip(read_manifest(manifest)[0].audio_path)
    worker = _Worker(settings.embedding_model)

    def recognize() -> None:
        worker.take()
        recognizer.recognize(clip)

    try:
        times_s = time_in_turn({"late": recognize, "ready": recognize}, REPEATS, worker.bring_into)
    finally:
        worker.close()
    return [divide_times("take and recognise, context worker stopped / running", times_s["late"], times_s["ready"])]


class _Worker:
    """A context worker that can be stopped, and its newest job."""

    def __init__(self, embedding_model: str) -> None:
        self._service = ContextService(embedding_model)
        self._service.wait_until_loaded(LOADED_WITHIN_S)
        self._job_id = ""

    def bring_into(self, state: str) -> None:
        """Into "late", stopped before it can answer, or into "ready", where it has answered."""
        answered = threading.Event()
        self._job_id = uuid.uuid4().hex
        os.kill(self._service.worker_pid, signal.SIGSTOP if state == "late" else signal.SIGCONT)
        self._service.submit(self._job_id, bytes(32), (), answered.set)
        if state == "ready":
            answered.wait(ANSWERED_WITHIN_S)
        if self.take() != state:
            raise RunError(f"The context worker cannot be brought into the state {state}.")

    def take(self) -> str:
        """Whether the newest job's context is there."""
        return self._service.take(self._job_id).readiness

    def close(self) -> None:
        """End it, stopped or not."""
        os.kill(self._service.worker_pid, signal.SIGCONT)
        self._service.close()
