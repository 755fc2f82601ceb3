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
from core.speech.phonetics import sound_out
from core.speech.whisper import Whisper
from evals.corpus.noise import Samples
from evals.corpus.voices import open_voice
from evals.phone_head.sounds import disturb
from evals.phone_head.texts import draw_text

VOICES = ("hibari/heart", "hibari/heart", "hibari/heart", "flite/slt", "flite/slt", "flite/kal16")
"""Of the dev split, or of no split at all, and quick: hibari and Flite speak a hundred times faster than Kokoro. So
Kokoro's voices, most of dev, are as new to the head as those of the test split, and the gate learns how far to trust
it.
"""
SPEEDS = (0.85, 0.9, 1.0, 1.0, 1.1, 1.2)
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
    said = [_speak(text, rng) for text in texts]
    clips = (disturb(one, said, sounds) for one in said)
    return [
        Example(whisper.encode(Clip(clip)).speech.astype(np.float16), sound_out(text))
        for text, clip in zip(texts, clips, strict=True)
    ]


def _speak(text: str, rng: random.Random) -> Samples:
    return open_voice(rng.choice(VOICES)).say(text, rng.randrange(1 << 30), rng.choice(SPEEDS))


@functools.cache
def _load(model: str) -> Whisper:
    return Whisper.load(model, 1)
