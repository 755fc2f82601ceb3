"""What both arms cost beside one stock transcription, for single clips and for a whole evaluation."""

import dataclasses
import itertools
import os
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from core.context.bias import build_bias_list
from core.settings import Settings
from core.speech.audio import read_clip
from evals.benchmarks.timing import Ratio, divide_times, time_in_turn
from evals.engine import Engine, load_recognizer, open_processes, recognize_here
from evals.manifest import Utterance, read_manifest
from evals.plan import RunPlan
from evals.run import run_set
from evals.stock import StockWhisper

CLIPS, CLIP_REPEATS = 6, 5
SLICE, SLICE_REPEATS = 24, 3


def compare_clips(manifest: Path, settings: Settings) -> list[Ratio]:
    """A few clips of the set, spread over it, all decoded beforehand; each is an n of its own in every round."""
    recognizer = load_recognizer(settings.model, settings.threads)
    stock = StockWhisper(settings.model, settings.threads)
    ratios: dict[str, list[float]] = {"stock transcribe": [], "stock transcribe without its fallback": []}
    for utterance in _spread(read_manifest(manifest), CLIPS):
        clip = read_clip(utterance.audio_path)
        bias = build_bias_list((item, 0.0) for item in utterance.context)
        times_s = time_in_turn(
            {
                "ours": partial(recognizer.recognize, clip, bias),
                "stock transcribe": partial(stock.transcribe, clip.samples),
                "stock transcribe without its fallback": partial(stock.transcribe_once, clip.samples),
            },
            CLIP_REPEATS,
        )
        for name, values in ratios.items():
            values.extend(divide_times(name, times_s["ours"], times_s[name]).values)
    return [Ratio(f"one clip, both arms / {name}", tuple(values)) for name, values in ratios.items()]


def compare_evaluation(manifest: Path, settings: Settings) -> list[Ratio]:
    """The first dialogues of the set, models loaded: `evals.run` into an empty folder, and stock over the files."""
    utterances = read_manifest(manifest)[:SLICE]
    stock = StockWhisper(settings.model, settings.threads)
    cores = os.cpu_count() or 1
    shared = dataclasses.replace(settings, threads=1)
    with open_processes(cores) as processes, tempfile.TemporaryDirectory() as scratch:
        folders = (Path(scratch) / str(number) for number in itertools.count())
        times_s = time_in_turn(
            {
                "jobs": lambda: _evaluate(manifest, next(folders), shared, processes),
                "one": lambda: _evaluate(manifest, next(folders), settings, recognize_here),
                "stock": lambda: _transcribe(utterances, stock),
            },
            SLICE_REPEATS,
        )
    name = f"evaluation of {len(utterances)} files, both arms"
    return [
        divide_times(f"{name}, --jobs {cores} / stock transcribe", times_s["jobs"], times_s["stock"]),
        divide_times(f"{name}, one process / stock transcribe", times_s["one"], times_s["stock"]),
    ]


def _evaluate(manifest: Path, folder: Path, settings: Settings, engine: Engine) -> None:
    run_set(RunPlan(manifest, folder, settings, limit=SLICE), engine)


def _transcribe(utterances: Sequence[Utterance], stock: StockWhisper) -> None:
    for utterance in utterances:
        stock.transcribe(utterance.audio_path)


def _spread(utterances: Sequence[Utterance], count: int) -> list[Utterance]:
    return [utterances[len(utterances) * number // count] for number in range(count)]
