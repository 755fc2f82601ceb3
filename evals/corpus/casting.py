"""Who speaks an answer, how fast, and in which noise: drawn from the answer's id, so that a new answer moves no other.

The splits share no voice. hibari's speaker and Kokoro's "heart" are one person and stay together.
"""

import random
import zlib
from dataclasses import dataclass

from evals.corpus.texts import Noise, Split

# Flite has letter-to-sound rules of its own, Kokoro and hibari share theirs: Flite is drawn more often than its number
# of speakers says, so that about one clip in five does not flatter a comparison of hibari's phonemes.
VOICES: dict[Split, dict[str, int]] = {
    "dev": {
        "kokoro/af_alloy": 1,
        "kokoro/af_bella": 1,
        "kokoro/af_heart": 1,
        "kokoro/af_sarah": 1,
        "kokoro/am_adam": 1,
        "kokoro/am_fenrir": 1,
        "kokoro/bf_alice": 1,
        "kokoro/bm_fable": 1,
        "hibari/heart": 2,
        "flite/slt": 2,
    },
    "test": {
        "kokoro/af_aoede": 1,
        "kokoro/af_jessica": 1,
        "kokoro/af_kore": 1,
        "kokoro/af_nicole": 1,
        "kokoro/am_echo": 1,
        "kokoro/am_michael": 1,
        "kokoro/am_santa": 1,
        "kokoro/bf_emma": 1,
        "kokoro/bf_isabella": 1,
        "kokoro/bm_george": 1,
        "flite/awb": 1,
        "flite/rms": 2,
    },
}
SPEEDS = (0.9, 1.0, 1.0, 1.1)
CONDITIONS: dict[tuple[Noise, float | None], int] = {
    ("none", None): 4,
    ("pink", 20): 1,
    ("pink", 10): 1,
    ("pink", 5): 1,
    ("babble", 20): 1,
    ("babble", 10): 1,
    ("babble", 5): 1,
}
TALKERS = 6  # behind a speaker: enough that none of them is followed


@dataclass(frozen=True, slots=True)
class Role:
    """How an answer is spoken; the fields are those of `FollowUp`."""

    seed: int
    voice: str
    speed: float
    noise: Noise
    snr_db: float | None
    talkers: tuple[str, ...]


def cast(answer_id: str, split: Split) -> Role:
    """Draw an answer's voice, pace and noise; babble comes from other speakers of the same split."""
    rng = random.Random(answer_id)  # noqa: S311 - nothing secret
    (voice,) = rng.choices(list(VOICES[split]), list(VOICES[split].values()))
    speed = rng.choice(SPEEDS)
    ((noise, snr_db),) = rng.choices(list(CONDITIONS), list(CONDITIONS.values()))
    talkers = tuple(rng.sample(other_speakers(voice, split), TALKERS)) if noise == "babble" else ()
    return Role(draw_seed(answer_id), voice, speed, noise, snr_db, talkers)


def other_speakers(voice: str, split: Split) -> list[str]:
    """The voices of the split that are not the same person's."""
    return [other for other in VOICES[split] if _person(other) != _person(voice)]


def draw_seed(answer_id: str) -> int:
    """A seed for noise and voices, from the id."""
    return zlib.crc32(answer_id.encode())


def _person(voice: str) -> str:
    return "heart" if voice.endswith("heart") else voice
