"""One follow-up becomes one clip: the voice at a fixed level, silence around it, noise where it is asked for."""

from pathlib import Path

import numpy as np
import soundfile as sf

from core.errors import RunError
from evals.corpus.babble import make_babble
from evals.corpus.music import make_music
from evals.corpus.noise import (
    SAMPLE_RATE,
    Samples,
    add_noise,
    limit_peak,
    make_pink_noise,
    make_white_noise,
    set_level,
)
from evals.corpus.texts import FollowUp
from evals.corpus.voices import open_voice

SPEECH_LEVEL_DBFS = -26.0
SOUNDS = {"pink": make_pink_noise, "white": make_white_noise, "music": make_music}
MARGIN_S = 0.25  # silence before and after the voice


def make_clip(follow_up: FollowUp) -> Samples:
    """The clip of one follow-up: float32, mono, 16 kHz, shape (samples,).

    Raises:
        ModelError: the voice is missing.
    """
    if follow_up.kind == "no_speech":
        return _make_background(follow_up)
    clip = speak(follow_up.voice, follow_up.say, follow_up.seed, follow_up.speed)
    if follow_up.snr_db is None:
        return clip
    return limit_peak(add_noise(clip, _make_sound(follow_up, len(clip)), follow_up.snr_db))


def speak(voice: str, text: str, seed: int = 0, speed: float = 1.0) -> Samples:
    """A clean clip at the corpus's level, with silence before and after."""
    return make_clean_clip(open_voice(voice).say(text, seed, speed))


def make_clean_clip(spoken: Samples) -> Samples:
    """What a voice said, at the corpus's level, with silence before and after."""
    return limit_peak(np.pad(set_level(spoken, SPEECH_LEVEL_DBFS), round(MARGIN_S * SAMPLE_RATE)))


def write_flac(path: Path, samples: Samples) -> None:
    """16-bit FLAC, mono, 16 kHz."""
    try:
        sf.write(path, samples, SAMPLE_RATE, subtype="PCM_16", format="FLAC")
    except (OSError, sf.SoundFileError) as exc:
        raise RunError(f"{path.name} cannot be written.") from exc


def _make_background(follow_up: FollowUp) -> Samples:
    length = round(follow_up.duration_s * SAMPLE_RATE)
    if follow_up.noise == "silence":
        return np.zeros(length, dtype=np.float32)
    return limit_peak(set_level(_make_sound(follow_up, length), follow_up.level_dbfs))


def _make_sound(follow_up: FollowUp, length: int) -> Samples:
    """The follow-up's noise, root mean square 1."""
    if follow_up.noise == "babble":
        return make_babble(length, follow_up.talkers, follow_up.seed)
    return SOUNDS[follow_up.noise](length, follow_up.seed)
