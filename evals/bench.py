"""`make bench`: speed as ratios of two things in one run, taken in turns; the median is what to quote.

Ratios and not seconds, because the machines that this runs on differ and are shared.
"""

import argparse
import os
import signal
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from faster_whisper import WhisperModel

from core.context.bias import BiasList, build_bias_list
from core.context.service import ContextService
from core.dialogue import ContextItem
from core.errors import ProjectError
from core.models import TINY_EN, packaged_folder
from core.settings import ROOT, Settings
from core.speech.audio import Clip, read_clip
from core.speech.recognizer import BEAM_SIZE, COMPUTE_TYPE, Recognizer
from core.store.keys import RootKey
from core.store.sqlite import SqliteStore
from core.store.vault import Vault

CLIP = ROOT / "data" / "scenarios" / "call_meg" / "turn_2.flac"
MEGS = build_bias_list((ContextItem("contacts", name), 0.0) for name in ("Meg Bauer", "Meg Jones"))
THREADS = 2
WORKER_WITHIN_S = 120.0
TTL_S = 300

Action = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Ratio:
    """One row: how long the first takes against the second, pair by pair."""

    name: str
    values: tuple[float, ...]

    def __str__(self) -> str:
        median, low, high = statistics.median(self.values), min(self.values), max(self.values)
        return f"{self.name:<72} {median:6.2f}  {low:6.2f} to {high:6.2f}  n = {len(self.values)}"


def measure_ratio(name: str, first: Action, second: Action, rounds: int) -> Ratio:
    """Run both in turns, after one of each that does not count."""
    first(), second()
    return Ratio(name, tuple(_seconds(first) / _seconds(second) for _ in range(rounds)))


def compare_recognition(recognizer: Recognizer, clip: Clip, rounds: int) -> list[Ratio]:
    """Both arms from one encoding against one stock call, at the same beam and threads.

    Stock faster-whisper decodes again at higher temperatures where it is unsure; that is measured with and without.
    """
    folder = str(packaged_folder(TINY_EN))
    stock = WhisperModel(folder, device="cpu", compute_type=COMPUTE_TYPE, cpu_threads=THREADS)

    def transcribe(**options: float) -> None:
        list(stock.transcribe(clip.samples, beam_size=BEAM_SIZE, language="en", **options)[0])

    def both() -> None:
        recognizer.recognize(clip, MEGS)

    return [
        measure_ratio("both arms / one stock transcribe", both, transcribe, rounds),
        measure_ratio(
            "both arms / one stock transcribe at temperature 0", both, lambda: transcribe(temperature=0.0), rounds
        ),
    ]


def compare_context(recognizer: Recognizer, clip: Clip, rounds: int) -> Ratio:
    """A recognition that takes its context from a worker that is stopped, against one that asks for none."""
    service = ContextService(Settings().embedding_model)
    try:
        service.wait_until_loaded(WORKER_WITHIN_S)
        os.kill(service.worker_pid, signal.SIGSTOP)
        service.submit("job", bytes(32), (), on_answered=lambda: None)

        def take_and_recognize() -> None:
            recognizer.recognize(clip, service.take("job").context.bias)

        plain = lambda: recognizer.recognize(clip, BiasList())  # noqa: E731
        return measure_ratio("recognition with a stuck context worker / without one", take_and_recognize, plain, rounds)
    finally:
        os.kill(service.worker_pid, signal.SIGCONT)
        service.close()


def compare_append(folder: Path, rounds: int) -> Ratio:
    """An event recorded and the entry back, against the bare two statements in the same journal mode."""
    store = SqliteStore(folder / "ours.sqlite3")
    store.ensure_schema()
    interaction = Vault(store, RootKey.from_bytes(bytes(range(32))), TTL_S).begin()
    bare = sqlite3.connect(folder / "bare.sqlite3", isolation_level=None)
    bare.executescript("PRAGMA journal_mode=TRUNCATE; PRAGMA synchronous=FULL; CREATE TABLE events(pk, line);")

    def append_and_select() -> None:
        bare.execute("INSERT INTO events VALUES('pk', 'utterance|0123456789abcdef')")
        bare.execute("SELECT line FROM events WHERE pk = 'pk'").fetchall()

    name = "event recorded, entry back / bare INSERT and SELECT"
    ratio = measure_ratio(name, lambda: interaction.record("utterance"), append_and_select, rounds)
    store.close()
    bare.close()
    return ratio


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m evals.bench", description=main.__doc__)
    parser.add_argument("--rounds", type=int, default=15, help="pairs for each row")
    rounds = parser.parse_args().rounds
    clip, recognizer = read_clip(CLIP), Recognizer.load("tiny.en", THREADS)
    print(f"{'':<72} median      range")
    for ratio in compare_recognition(recognizer, clip, rounds):
        print(ratio)
    print(compare_context(recognizer, clip, rounds))
    with tempfile.TemporaryDirectory() as folder:
        print(compare_append(Path(folder), rounds * 10))
    return 0


def _seconds(action: Action) -> float:
    start_s = time.perf_counter()
    action()
    return time.perf_counter() - start_s


if __name__ == "__main__":
    try:
        sys.exit(main())
    except ProjectError as error:
        sys.exit(f"error: {error}")
