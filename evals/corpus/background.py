"""The set `background`: a wake word and a request by one voice, and another voice before, after or over it."""

import functools
import random
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import soundfile as sf
from tqdm import tqdm

from core.errors import DataFileError
from core.models import file_sha256
from evals.corpus.build import replace_folder
from evals.corpus.casting import VOICES, draw_seed, other_speakers
from evals.corpus.clips import speak, write_flac
from evals.corpus.noise import Samples
from evals.corpus.records import Record, describe_source, describe_versions, write_manifest, write_provenance
from evals.corpus.texts import SPLITS, Split, read_texts
from evals.corpus.voices import open_voice
from evals.mixing import POSITIONS, SNRS_DB, Position, mix_voices, trim

WAKE_WORD = "Alexa"
WAKE_WORD_S = 0.7  # the longest "Alexa," of these voices


@dataclass(frozen=True, slots=True)
class Take:
    """One clip: who asks what, and who says what beside it."""

    id: str
    request: str
    split: Split
    voice: str
    say: str
    other_voice: str
    other_say: str
    position: Position
    snr_db: float

    @property
    def audio(self) -> str:
        """The audio file's path within the set."""
        return f"audio/{self.id}.flac"


def read_takes() -> list[Take]:
    """Every clip of the set: each request once in each position, the levels take turns.

    Raises:
        DataFileError: a text file is not as it should be.
    """
    return [take for split in SPLITS for take in _read_split(split)]


def build_background(out: Path) -> int:
    """Build the set beside `out`, then put it in its place; returns how many clips were made.

    Raises:
        RunError: `out` cannot be replaced.
        ModelError: a voice is missing.
    """
    takes = read_takes()
    with replace_folder(out) as building:
        (building / "audio").mkdir()
        for take in tqdm(takes, unit="clip", disable=None):
            write_flac(building / take.audio, make_take(take))
        write_manifest((_describe(take, building) for take in takes), building)
        write_provenance([_describe_origin(take, building) for take in takes], {}, building)
    return len(takes)


def make_take(take: Take) -> Samples:
    """The clip, shape (samples,).

    Raises:
        ModelError: a voice is missing.
    """
    asking, other = _say(take.voice, take.say), _say(take.other_voice, take.other_say)
    return mix_voices(asking, other, take.position, take.snr_db, WAKE_WORD_S).samples


@functools.lru_cache(maxsize=2)  # the takes of one request stand together
def _say(voice: str, text: str) -> Samples:
    return trim(speak(voice, text, draw_seed(text)))


def _read_split(split: Split) -> Iterator[Take]:
    record = read_texts(split, "background")
    try:
        pairs = list(zip(record["commands"], record["others"], strict=True))
    except (KeyError, TypeError, ValueError) as exc:
        raise DataFileError(f"{split}/background.toml must hold as many commands as others ({exc!r}).") from exc
    for number, (command, other) in enumerate(pairs):
        request = f"{split}-background-{number + 1}"
        rng = random.Random(request)  # noqa: S311 - nothing secret
        voice = rng.choice(list(VOICES[split]))
        beside = rng.choice(other_speakers(voice, split))
        for turn, position in enumerate(POSITIONS):
            snr_db = SNRS_DB[(number + turn) % len(SNRS_DB)]
            say = f"{WAKE_WORD}, {command}"
            yield Take(f"{request}-{position}", request, split, voice, say, beside, other, position, snr_db)


def _describe(take: Take, folder: Path) -> Record:
    facts = open_voice(take.voice).facts
    heard = {} if take.position == "clean" else {"snr_db": take.snr_db}
    return {
        "audio_filepath": take.audio,
        "duration": round(sf.info(folder / take.audio).duration, 3),
        "text": take.say,
        "utterance_id": take.id,
        "dialogue_id": take.request,
        "speaker": take.voice,
        "kind": "no_context",
        "dialogue": [],
        "context": [],
        "bias_words": [],
        "slices": {"split": take.split, "background": take.position, **heard, "voice_family": facts.family},
        "source": f"{describe_source(take.voice)}; beside it {describe_source(take.other_voice)}",
    }


def _describe_origin(take: Take, folder: Path) -> Record:
    return {
        **asdict(take),
        "source": describe_source(take.voice),
        "other_source": describe_source(take.other_voice),
        "made_with": describe_versions(take.voice) | describe_versions(take.other_voice),
        "sha256": file_sha256(folder / take.audio),
    }
