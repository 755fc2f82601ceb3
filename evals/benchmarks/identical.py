"""Whether a turn whose context is off, failed or late is heard as if there were none: byte by byte, every clip."""

from collections.abc import Callable, Iterator
from pathlib import Path

from core.context.bias import BiasList
from core.context.service import ContextService
from core.dialogue import Turn
from core.errors import RunError
from core.settings import Settings
from core.speech.audio import read_clip
from evals.benchmarks.faults import HASH, MODULE, SLOW, fault_text
from evals.benchmarks.figure import Figure, share
from evals.benchmarks.lab import Lab, open_lab, question
from evals.engine import load_recognizer
from evals.manifest import read_manifest

CLIPS: int | None = None  # all
WINDOW_S = 60.0  # so that on a busy machine nothing fails but what is meant to


def compare_transcripts(manifest: Path, settings: Settings) -> Iterator[Figure]:
    """Each clip plainly, and with the bias list that a service gives whose worker is late, has failed, or is off."""
    utterances = read_manifest(manifest)[:CLIPS]
    recognizer = load_recognizer(settings.model, settings.threads)
    same = dict.fromkeys(TAKE, 0)
    with open_lab(ContextService(HASH, worker=MODULE)) as lab:
        for utterance in utterances:
            clip = read_clip(utterance.audio_path)
            plain = recognizer.recognize(clip).text.encode()
            for outcome, take in TAKE.items():
                same[outcome] += recognizer.recognize(clip, take(lab)).text.encode() == plain
    for outcome, count in same.items():
        yield Figure(f"{outcome}: same bytes as without context", share(count, len(utterances)), "all", len(utterances))


def _take_late(lab: Lab) -> BiasList:
    job = lab.submit((Turn("user", fault_text(SLOW)),), (), WINDOW_S)
    return _require(lab, job.id, "late")


def _take_failed(lab: Lab) -> BiasList:
    lab.wait_for_both()
    job = lab.submit((Turn("user", fault_text("worker gone")),), (), WINDOW_S)
    job.wait()
    lab.submit(question("Call Meg."), (), WINDOW_S).wait()  # an answer, so that faults in a row do not add up
    return _require(lab, job.id, "failed")


def _take_disabled(_: Lab) -> BiasList:
    return BiasList()


TAKE: dict[str, Callable[[Lab], BiasList]] = {
    "late": _take_late,
    "failed": _take_failed,
    "disabled": _take_disabled,
}


def _require(lab: Lab, job_id: str, readiness: str) -> BiasList:
    taken = lab.service.take(job_id)
    if taken.readiness != readiness:
        raise RunError(f"A context that should be {readiness} is {taken.readiness}; run it again on a quiet machine.")
    return taken.context.bias
