"""Voices that may be shipped, behind one small interface: hibari and flite here, Kokoro in its own file.

A voice is named `family/speaker`, for example `flite/slt`.
"""

import functools
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import soundfile as sf
from scipy.signal import resample_poly

from core.errors import ModelError
from evals.corpus.noise import SAMPLE_RATE, Samples

FLITE_ACCENTS = {"awb": "en-scotland", "kal16": "en-US", "rms": "en-US", "slt": "en-US"}
FLITE_TIMEOUT_S = 30


@dataclass(frozen=True, slots=True)
class VoiceFacts:
    """What a voice is and where it comes from. `accent` is a BCP 47 tag; `made_with` gives package versions."""

    name: str
    accent: str
    origin: str
    licence: str
    made_with: Mapping[str, str]

    @property
    def family(self) -> str:
        """The part of the name before the slash."""
        return self.name.partition("/")[0]

    @property
    def source(self) -> str:
        """Voice, origin and licence in one line, for a manifest's `source`."""
        return f"{self.name}, {self.origin}, {self.licence}"


class Voice(Protocol):
    """One speaker."""

    @property
    def facts(self) -> VoiceFacts:
        """What is written down about this voice."""

    def say(self, text: str, seed: int, speed: float) -> Samples:
        """Speak `text`: float32, mono, 16 kHz, shape (samples,).

        The same arguments give the same samples on one machine. `speed` 1.0 is the voice's own pace, 2.0 twice as
        fast. `seed` matters only to a voice with noise of its own (hibari).

        Raises:
            ModelError: the voice did not speak.
        """


def open_voice(name: str) -> Voice:
    """The voice of that name, loaded once per process.

    Raises:
        ModelError: there is no such voice, or its files are missing or not the pinned ones.
    """
    return _open_voice(name)


@functools.cache
def _open_voice(name: str) -> Voice:
    family, _, speaker = name.partition("/")
    if name == "hibari/heart":
        return HibariVoice()
    if family == "flite" and speaker in FLITE_ACCENTS:
        return FliteVoice(speaker)
    if family == "kokoro":
        from evals.corpus.kokoro import KokoroVoice  # noqa: PLC0415 - it needs this module's types

        return KokoroVoice(speaker)
    raise ModelError(f"There is no voice {name!r}; the families are kokoro, hibari and flite.")


def resample(samples: Samples, rate_hz: int) -> Samples:
    """To 16 kHz, with scipy's polyphase filter."""
    if rate_hz == SAMPLE_RATE:
        return samples
    return np.asarray(resample_poly(samples, SAMPLE_RATE, rate_hz), dtype=np.float32)


@functools.cache
def load_hibari() -> Any:
    """The hibari library with its packaged voice; one thread, so that the sums have one order."""
    from hibari import Hibari  # noqa: PLC0415 - heavy

    return Hibari(threads=1)


@functools.cache
def load_g2p(british: bool) -> Any:
    """Hibari's letter-to-sound rules, in either accent."""
    if not british:
        return load_hibari().g2p
    from hibari.g2p import G2P  # noqa: PLC0415 - heavy

    return G2P(british=True)


class HibariVoice:
    """hibari's packaged voice "heart": American, female, 24 kHz."""

    def __init__(self) -> None:
        versions = {name: metadata.version(name) for name in ("hibari-tts", "onnxruntime")}
        origin = f"PyPI hibari-tts {versions['hibari-tts']}"
        self.facts = VoiceFacts("hibari/heart", "en-US", origin, "Apache-2.0", versions)

    def say(self, text: str, seed: int, speed: float) -> Samples:
        """See `Voice.say`."""
        tts = load_hibari()
        return resample(np.asarray(tts(text, speed=speed, seed=seed), dtype=np.float32), tts.sample_rate)


class FliteVoice:
    """A voice of CMU Flite, run as a program; its letter-to-sound rules are not those of the other two families."""

    def __init__(self, speaker: str) -> None:
        program = shutil.which("flite")
        if program is None:
            raise ModelError("The program flite is not installed; on Debian run `apt-get install flite`.")
        self._program, self._speaker = program, speaker
        version = _flite_version(program)
        # SPDX calls Flite's own licence MIT-Festival; it allows any use of the program and its voices.
        self.facts = VoiceFacts(
            f"flite/{speaker}", FLITE_ACCENTS[speaker], f"CMU Flite {version}", "MIT-Festival", {"flite": version}
        )

    def say(self, text: str, seed: int, speed: float) -> Samples:  # noqa: ARG002 - Flite has no noise of its own
        """See `Voice.say`."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "said.wav"
            stretch = f"duration_stretch={1 / speed:.4f}"
            _run_flite([self._program, "-voice", self._speaker, "--setf", stretch, "-t", text, "-o", str(path)])
            return _read_wav(path)


def _run_flite(arguments: list[str]) -> str:
    try:
        # No shell is involved: every argument reaches the program as it is.
        done = subprocess.run(arguments, capture_output=True, text=True, timeout=FLITE_TIMEOUT_S, check=False)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired) as exc:
        raise ModelError("The program flite did not finish; install it again.") from exc
    return done.stdout


def _read_wav(path: Path) -> Samples:
    try:
        samples, rate_hz = sf.read(path, dtype="float32")
    except sf.SoundFileError as exc:
        raise ModelError("The program flite wrote no sound; install it again.") from exc
    return resample(samples, rate_hz)


def _flite_version(program: str) -> str:
    found = re.search(r"flite-(\S+)", _run_flite([program, "--version"]))
    return found.group(1) if found else "of unknown version"
