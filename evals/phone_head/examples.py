"""Examples to learn from: a synthetic clip as Whisper's encoder sees it, and the phones that were said."""

import functools
import random
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from core.speech.audio import Clip
from core.speech.phones import Phones
from core.speech.whisper import Whisper
from evals.parts import split
from evals.phone_head.sounds import disturb
from evals.phone_head.talkers import say
from evals.phone_head.texts import draw_text

AT_ONCE = 50  # clips; each other's babble


@dataclass(frozen=True, slots=True, eq=False)
class Example:
    """encoded: float16 of shape (frames, width), of the clip without the silence after it."""

    encoded: NDArray[np.float16]
    phones: Phones


def make_examples(models: Sequence[str], count: int, jobs: int) -> dict[str, list[Example]]:
    """So many for each model, of the same clips; the same on every call.

    Raises:
        ModelError: the model or a voice is missing.
    """
    work = functools.partial(_make_some, models)
    examples: dict[str, list[Example]] = {model: [] for model in models}
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        parts = split(count, AT_ONCE)
        for part in tqdm(pool.map(work, range(len(parts)), parts), total=len(parts), disable=None):
            for model, some in zip(models, part, strict=True):
                examples[model] += some
    return examples


def _make_some(models: Sequence[str], seed: int, count: int) -> list[list[Example]]:
    """So many clips as each model sees them."""
    rng, sounds = random.Random(seed), np.random.default_rng(seed)  # noqa: S311 - no secret
    said = [say(draw_text(rng), rng) for _ in range(count)]
    others = [samples for samples, _ in said]
    clips = [(Clip(disturb(samples, others, sounds)), phones) for samples, phones in said]
    return [
        [Example(_load(model).encode(clip).speech.astype(np.float16), phones) for clip, phones in clips]
        for model in models
    ]


@functools.cache
def _load(model: str) -> Whisper:
    return Whisper.load(model, 1)
