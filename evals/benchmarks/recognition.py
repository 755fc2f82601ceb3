"""What both arms cost beside one stock transcription, for single clips and for a whole evaluation."""

import itertools
import os
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from core.context.bias import BiasList, build_bias_list
from core.dialogue import ContextItem
from core.errors import RunError
from core.settings import Settings
from core.speech.audio import Clip, read_clip
from core.speech.words import spoken_words
from evals.benchmarks.timing import Ratio, Variants, divide_times, time_in_turn
from evals.engine import Engine, load_recognizer, open_processes, recognize_here
from evals.manifest import Utterance, read_manifest
from evals.plan import RunPlan
from evals.run import run_set
from evals.stock import StockWhisper

CLIPS = 60
SIZED_CLIPS = 28
SMALL_SIZE, LARGE_SIZE = 10, 2000  # items
SLICE, SLICE_REPEATS = 24, 3


def compare_clips(manifest: Path, settings: Settings) -> list[Ratio]:
    """Clips spread over the short lists of the set. Medians are of the ratios clip by clip; the 95th percentiles are
    one's and the other's over all clips, divided.
    """
    recognizer = load_recognizer(settings.model, settings.threads)
    stock = StockWhisper(settings.model, settings.threads)

    def list_calls(utterance: Utterance, clip: Clip) -> Variants:
        return {
            "ours": partial(recognizer.recognize, clip, _list_items(utterance)),
            "stock transcribe": partial(stock.transcribe, clip.samples),
            "stock transcribe without its fallback": partial(stock.transcribe_once, clip.samples),
        }

    small = [one for one in read_manifest(manifest) if one.slices.get("list_size", "small") == "small"]
    times_s = _time_clips(_spread(small, CLIPS), list_calls)
    ours_s = times_s.pop("ours")
    return [
        ratio
        for name, values in times_s.items()
        for ratio in (
            divide_times(f"one clip, both arms / {name}", ours_s, values),
            Ratio(f"p95 over {len(values)} clips, both arms / {name}", (_p95(ours_s) / _p95(values),)),
        )
    ]


def compare_list_sizes(manifest: Path, settings: Settings) -> list[Ratio]:
    """The same clips with 2,000 items, with 10 of them among which is what is said, and with the first 10, among which
    it seldom is; the lists are prepared, as in the window.

    Raises:
        RunError: the set has no such lists.
    """
    recognizer = load_recognizer(settings.model, settings.threads)

    def list_calls(utterance: Utterance, clip: Clip) -> Variants:
        said_first = replace(utterance, context=_put_said_first(utterance))
        biases = {
            "large": _list_items(utterance),
            "said": _list_items(said_first, SMALL_SIZE),
            "unsaid": _list_items(utterance, SMALL_SIZE),
        }
        return {name: partial(recognizer.recognize, clip, bias) for name, bias in biases.items()}

    large = [one for one in read_manifest(manifest) if one.slices.get("list_size") == str(LARGE_SIZE)]
    if not large:
        raise RunError(f"{manifest} has no line whose slice list_size is {LARGE_SIZE}.")
    times_s = _time_clips(_spread(large, SIZED_CLIPS), list_calls)
    name = f"one clip, both arms, {LARGE_SIZE} items / {SMALL_SIZE} of them"
    return [
        divide_times(f"{name}, what is said among both, target ≤ 1.3", times_s["large"], times_s["said"]),
        divide_times(f"{name}, the first ones, mostly not said", times_s["large"], times_s["unsaid"]),
    ]


def _put_said_first(utterance: Utterance) -> tuple[ContextItem, ...]:
    said = frozenset(spoken_words(" ".join(utterance.bias_words)))
    return tuple(sorted(utterance.context, key=lambda item: said.isdisjoint(spoken_words(item.text))))


def _time_clips(
    utterances: Iterable[Utterance], list_calls: Callable[[Utterance, Clip], Variants]
) -> dict[str, list[float]]:
    """Seconds of each call, clip by clip. The clips are decoded beforehand."""
    times_s: dict[str, list[float]] = {}
    for utterance in utterances:
        calls = list_calls(utterance, read_clip(utterance.audio_path))
        for name, (took_s,) in time_in_turn(calls, 1).items():
            times_s.setdefault(name, []).append(took_s)
    return times_s


def _list_items(utterance: Utterance, count: int | None = None) -> BiasList:
    return build_bias_list((item, 0.0) for item in utterance.context[:count])


def _p95(values: Sequence[float]) -> float:
    return float(np.percentile(values, 95))


def compare_evaluation(manifest: Path, settings: Settings) -> list[Ratio]:
    """The first dialogues of the set, models loaded: `evals.run` into an empty folder, and stock over the files."""
    utterances = read_manifest(manifest)[:SLICE]
    stock = StockWhisper(settings.model, settings.threads)
    cores = os.cpu_count() or 1
    shared = replace(settings, threads=1)
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
    count = min(count, len(utterances))
    return [utterances[len(utterances) * number // count] for number in range(count)]
