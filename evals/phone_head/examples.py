"""Examples to learn from: a synthetic clip as Whisper's encoder sees it, and the phones that were said."""

import functools
import random
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from core.speech.audio import Clip
from core.speech.phones import Phones
from core.speech.whisper import Whisper
from evals.phone_head.sounds import disturb
from evals.phone_head.talkers import say
from evals.phone_head.texts import draw_text

AT_ONCE = 50  # clips; each other's babble


@dataclass(frozen=True, slots=True, eq=False)
class Example:
    """encoded: float16 of shape (frames, width), of the clip without the silence after it."""

    encoded: NDArray[np.float16]
    phones: Phones


def make_examples(model: str, count: int, jobs: int) -> list[Example]:
    """So many, the same on every call.

    Raises:
        ModelError: the model or a voice is missing.
    """
    work = functools.partial(_make_some, model)
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        parts = pool.map(work, range(-(-count // AT_ONCE)))
        return [one for part in tqdm(parts, total=-(-count // AT_ONCE), disable=None) for one in part][:count]


def _make_some(model: str, seed: int) -> list[Example]:
    whisper = _load(model)
    rng, sounds = random.Random(seed), np.random.default_rng(seed)  # noqa: S311 - no secret
    texts = [draw_text(rng) for _ in range(AT_ONCE)]
    said = [say(text, rng) for text in texts]
    others = [samples for samples, _ in said]
    return [
        Example(whisper.encode(Clip(disturb(samples, others, sounds))).speech.astype(np.float16), phones)
        for samples, phones in said
    ]


@functools.cache
def _load(model: str) -> Whisper:
    return Whisper.load(model, 1)
