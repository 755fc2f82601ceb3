"""What a stuck context worker costs the recogniser: it is stopped or ended, so it should cost nothing."""

import os
import signal
import time
from pathlib import Path

from core.context.service import ContextService
from core.dialogue import Turn
from core.settings import Settings
from core.speech.audio import read_clip
from evals.benchmarks.faults import HASH, MODULE, fault_text
from evals.benchmarks.lab import Lab, Submitted, open_lab, question
from evals.benchmarks.timing import Ratio, divide_times, time_in_turn
from evals.engine import load_recognizer
from evals.manifest import read_manifest

REPEATS = 100
WINDOW_S = 0.3
SPINNING_S = 0.05
FAULT = "GIL spin"


def compare_stuck_worker(manifest: Path, settings: Settings) -> list[Ratio]:
    """A plain recognition after `take`, with a worker that is well, that spins, or that was ended at its deadline.

    The one that spins is met by a user who barges in, before its deadline.
    """
    clip = read_clip(read_manifest(manifest)[0].audio_path)
    recognizer = load_recognizer(settings.model, settings.threads)
    with open_lab(ContextService(HASH, worker=MODULE)) as lab:
        worker = _Worker(lab)

        def recognize() -> None:
            with lab.service.undisturbed():
                lab.service.take(worker.job_id)
                recognizer.recognize(clip)

        states = ("well", "spinning", "ended")
        times_s = time_in_turn(dict.fromkeys(states, recognize), REPEATS, worker.bring_into)
    return [
        divide_times(f"take and recognise, worker {state} / well, target ≤ 1.05", times_s[state], times_s["well"])
        for state in states[1:]
    ]


class _Worker:
    """Brings a worker into the state that the next recognition shall meet."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self.job_id = ""
        self._spinning_pid = 0

    def bring_into(self, state: str) -> None:
        """One that is "well" has answered, "spinning" is at it, "ended" was killed a moment ago."""
        self._end_spinning()
        self._lab.wait_for_both()
        job = self._submit("Call Meg.")  # also so that faults in a row do not add up
        job.wait()
        if state != "well":
            self._spinning_pid = self._lab.service.pids[0]
            job = self._submit(fault_text(FAULT))
        self.job_id = job.id
        if state == "spinning":
            time.sleep(SPINNING_S)
        else:
            job.wait()

    def _end_spinning(self) -> None:
        """It has been measured; its deadline is not waited for."""
        while self._spinning_pid in self._lab.service.pids:
            os.kill(self._spinning_pid, signal.SIGKILL)
            time.sleep(SPINNING_S)

    def _submit(self, utterance: str) -> Submitted:
        if utterance == "Call Meg.":
            return self._lab.submit(question(utterance), (), WINDOW_S)
        return self._lab.submit((Turn("user", utterance),), (), WINDOW_S)
