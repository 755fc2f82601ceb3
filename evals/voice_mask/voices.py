"""Who speaks in training: requests with the wake word, and what others say, each alone.

The voices are those of `evals.phone_head.talkers`, which are in no test split, and the words those of its texts.
"""

import random
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from core.speech.level import measure_active_rms
from evals.corpus.noise import SAMPLE_RATE
from evals.mixing import trim
from evals.parts import split
from evals.phone_head.talkers import say
from evals.phone_head.texts import draw_text, draw_word

REQUESTS = (
    "Turn on the {} light.",
    "Call {} {}.",
    "What's the weather in {} tomorrow?",
    "Play some music by {}.",
    "Set a timer for {}.",
    "Read me the {} from this {}.",
    "Add {} to my shopping list.",
    "How far is it to {}?",
    "Stop the {}.",
    "Find a {} near {}.",
)
SHAPED = 0.7  # of the requests
AT_ONCE = 50
FIRST_SEED = 100_000  # the phone heads learn from smaller ones
QUIET = 1e-4

Voice = NDArray[np.float16]
"""16 kHz, mono, without silence around it, of an active level of 1."""


def make_voices(count: int, jobs: int) -> list[Voice]:
    """So many, the same on every call; every other one is a request. What lasts less than a second is left out.

    Raises:
        ModelError: a voice is missing.
    """
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        parts = split(count, AT_ONCE)
        work = pool.map(_say_some, range(len(parts)), parts)
        said = [one for some in tqdm(work, total=len(parts), disable=None) for one in some]
    return prepare(said)


def prepare(said: Sequence[NDArray[np.float16]]) -> list[Voice]:
    """Trimmed, and brought to one level."""
    trimmed = (trim(samples.astype(np.float32)) for samples in said)
    return [
        (samples / measure_active_rms(samples)).astype(np.float16)
        for samples in trimmed
        if samples.size > SAMPLE_RATE and measure_active_rms(samples) > QUIET
    ]


def draw_request(rng: random.Random) -> str:
    """What is asked of a device, the wake word first."""
    shape = rng.choice(REQUESTS)
    words = [draw_word(rng) for _ in range(shape.count("{}"))] if rng.random() < SHAPED else []
    text = shape.format(*words) if words else draw_text(rng)
    return f"Alexa, {text[0].lower()}{text[1:]}"


def draw_talk(rng: random.Random) -> str:
    """What somebody says to nobody in particular."""
    return f"{draw_text(rng)} {draw_text(rng)}"


def _say_some(part: int, count: int) -> list[NDArray[np.float16]]:
    rng = random.Random(FIRST_SEED + part)  # noqa: S311 - no secret
    draws = (draw_request if number % 2 == 0 else draw_talk for number in range(count))
    return [say(draw(rng), rng)[0].astype(np.float16) for draw in draws]
