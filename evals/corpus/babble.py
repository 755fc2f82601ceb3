"""Babble: several of the project's voices reading aloud at once, each something else."""

import functools
from collections.abc import Sequence

import numpy as np

from evals.corpus.casting import draw_seed
from evals.corpus.noise import Samples, scale_to_unit, set_level
from evals.corpus.voices import open_voice

READ_ALOUD = (
    "The old ferry left an hour late because of the fog. Nobody on board seemed to mind the delay.",
    "She counted the stairs every evening on her way up. There were always one or two more than before.",
    "Bread needs time more than anything else. Fold the dough, cover it, and go for a long walk.",
    "They painted the fence blue in spring and white in autumn. By winter you could see both colours.",
    "A train runs along the coast twice a day. From the left side you can look down on the water.",
    "My uncle repairs clocks that other people have given up. His shop is never quiet.",
    "The children built a bridge of branches across the stream. It held until the first heavy rain.",
    "Most of the letters were short and spoke of the harvest. One of them was eleven pages long.",
)


def make_babble(length: int, talkers: Sequence[str], seed: int) -> Samples:
    """`length` samples of all talkers at one level, root mean square 1; each starts somewhere in what it reads.

    Raises:
        ModelError: a voice is missing.
    """
    rng = np.random.default_rng(seed)
    streams = (_take(_read_aloud(talker), length, int(rng.integers(1 << 30))) for talker in talkers)
    return scale_to_unit(np.sum(np.stack(list(streams)), axis=0, dtype=np.float64))


@functools.cache
def _read_aloud(voice: str) -> Samples:
    text = READ_ALOUD[draw_seed(voice) % len(READ_ALOUD)]
    return set_level(open_voice(voice).say(text, seed=draw_seed(voice), speed=1.0), -26.0)


def _take(samples: Samples, length: int, start: int) -> Samples:
    """A stretch of the samples, played over and over."""
    return np.take(samples, np.arange(start, start + length), mode="wrap")
