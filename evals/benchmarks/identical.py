"""Whether a turn whose context is off, failed or late is heard as if there were none: byte by byte, every clip."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from core.context.bias import BiasList
from core.context.service import ContextService
from core.dialogue import Turn
from core.errors import RunError
from core.settings import ROOT, Settings
from core.speech.audio import read_clip
from evals.benchmarks.faults import ERROR, HASH, MODULE, SLOW, fault_text
from evals.benchmarks.figure import Figure, share
from evals.benchmarks.lab import Lab, open_lab
from evals.engine import load_recognizer
from evals.manifest import read_manifest

HARM = ROOT / "data" / "harm" / "manifest.jsonl"
CLIPS: int | None = None  # of each set; None: all
WINDOW_S = 60.0  # no clip is lost to a busy machine


def compare_transcripts(manifest: Path, settings: Settings) -> Iterator[Figure]:
    """Each clip of the set and of data/harm twice: plainly, and with the bias lists that a service gives whose worker
    is late, whose job has failed, or that is off.
    """
    sets = [read_manifest(path)[:CLIPS] for path in dict.fromkeys((manifest, HARM))]
    paths = [utterance.audio_path for utterances in sets for utterance in utterances]
    recognizer = load_recognizer(settings.model, settings.threads)
    same = Counter[str]()
    with open_lab(ContextService(HASH, worker=MODULE)) as lab:
        off = lab.beside(_closed_service())
        for path in paths:
            clip = read_clip(path)
            plain = recognizer.recognize(clip).text.encode()
            biases = {
                "late": _take(lab, SLOW, "late"),
                "failed": _take(lab, ERROR, "failed"),
                "disabled": _take(off, SLOW, "disabled"),
            }
            for outcome, recognition in recognizer.recognize_all(clip, biases).items():
                same[outcome] += recognition.text.encode() == plain
    for outcome, count in same.items():
        yield Figure(f"{outcome}: same bytes as without context", share(count, len(paths)), "all", len(paths))


def _closed_service() -> ContextService:
    service = ContextService(HASH, worker=MODULE)
    service.close()
    return service


def _take(lab: Lab, fault: str, readiness: str) -> BiasList:
    job = lab.submit((Turn("user", fault_text(fault)),), (), WINDOW_S)
    if readiness != "late":
        job.wait()
    taken = lab.service.take(job.id)
    if taken.readiness != readiness:
        raise RunError(f"A context that should be {readiness} is {taken.readiness}; run it again on a quiet machine.")
    return taken.context.bias
