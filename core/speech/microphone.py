"""Records one utterance from this machine's microphone: `python -m core.speech.microphone --out FILE.wav`.

The recording starts with the first speech and ends by itself at the silence after it.
"""

import argparse
import os
import sys
import tempfile
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from types import ModuleType
from typing import Protocol

import numpy as np

from core.errors import AudioError, MicrophoneError, ProjectError
from core.speech.audio import MAX_DURATION_S, SAMPLE_RATE, Clip, Samples, encode_wav

BLOCK_S = 0.03
BLOCK_SAMPLES = round(BLOCK_S * SAMPLE_RATE)
PRE_ROLL_S = 0.3


class EndOfSpeech:
    """Decides by level alone when an utterance is over; time comes in as an argument.

    The noise floor is the lowest level of the last seconds: speech dips almost to the noise between syllables, steady
    noise never rises far above its own minimum (after R. Martin, "Noise power spectral density estimation based on
    optimal smoothing and minimum statistics", 2001). Speech begins well above the floor and goes on until it has
    stayed near it for `silence_s`: two thresholds, so that the weak end of a word does not cut it off. A loud noise
    counts as speech here; the recogniser tells them apart.
    """

    FLOOR_WINDOW_S = 3.0
    BEGIN_RISE_DB = 8.0
    GO_ON_RISE_DB = 4.0
    # Shorter than any syllable, longer than a click.
    MIN_LOUD_S = 0.09
    # Below this a block is silent even where the floor is digital silence.
    QUIETEST_SPEECH_DBFS = -60.0

    def __init__(self, silence_s: float = 0.8) -> None:
        self.began_s: float | None = None
        self._silence_s = silence_s
        self._levels: deque[tuple[float, float]] = deque()
        self._loud_since_s: float | None = None
        self._last_speech_s = 0.0

    def hear(self, level_dbfs: float, at_s: float) -> bool:
        """Take the level of the block that began at `at_s`; returns whether the utterance is over.

        From its first speech on, `began_s` tells when that was.
        """
        if self._is_loud(level_dbfs, at_s):
            self._hear_loud(at_s)
        else:
            self._loud_since_s = None
        return self.began_s is not None and at_s - self._last_speech_s >= self._silence_s

    def _is_loud(self, level_dbfs: float, at_s: float) -> bool:
        self._levels.append((at_s, level_dbfs))
        while self._levels[0][0] < at_s - self.FLOOR_WINDOW_S:
            self._levels.popleft()
        floor_dbfs = min(level for _, level in self._levels)
        rise_db = self.BEGIN_RISE_DB if self.began_s is None else self.GO_ON_RISE_DB
        return level_dbfs > max(floor_dbfs + rise_db, self.QUIETEST_SPEECH_DBFS)

    def _hear_loud(self, at_s: float) -> None:
        self._last_speech_s = at_s
        if self._loud_since_s is None:
            self._loud_since_s = at_s
        # A hair less, because times of blocks are sums of fractions.
        if self.began_s is None and at_s - self._loud_since_s >= self.MIN_LOUD_S - 1e-6:
            self.began_s = self._loud_since_s


class InputStream(Protocol):
    """Where samples come from: a microphone, or a file in its place."""

    def read_block(self) -> Samples:
        """The next `BLOCK_SAMPLES` samples, 1-D float32 at 16 kHz; waits until they are there."""


OpenStream = Callable[[int | None], AbstractContextManager[InputStream]]


@contextmanager
def open_microphone(device: int | None = None) -> Iterator[InputStream]:
    """The input device of that number, or the default one, open for recording.

    Raises:
        MicrophoneError: there is no PortAudio or no input device, or the device refused, at once or later.
    """
    sounddevice = _import_sounddevice()
    _list_inputs(sounddevice)
    try:
        with sounddevice.InputStream(SAMPLE_RATE, BLOCK_SAMPLES, device, channels=1, dtype="float32") as stream:
            yield _Microphone(stream)
    except sounddevice.PortAudioError as exc:
        raise MicrophoneError(f"The input device refused to record ({exc}); see --list and try --device.") from exc


def record_utterance(
    max_duration_s: float = 15.0,
    silence_s: float = 0.8,
    device: int | None = None,
    open_stream: OpenStream = open_microphone,
) -> Clip:
    """Record from a little before the first speech until `silence_s` of silence, or until `max_duration_s` have passed.

    Raises:
        MicrophoneError: this machine cannot record, nobody spoke, or `max_duration_s` is not a clip's.
    """
    if not 0 < max_duration_s <= MAX_DURATION_S:
        raise MicrophoneError(f"The longest recording must be over 0 s and at most {MAX_DURATION_S:g} s.")
    end = EndOfSpeech(silence_s)
    with open_stream(device) as stream:
        blocks = list(_record_until(end, stream, int(max_duration_s / BLOCK_S)))
    if end.began_s is None:
        raise MicrophoneError(f"no speech heard within {max_duration_s:g} s: is the microphone muted or too far away?")
    first = max(0, round((end.began_s - PRE_ROLL_S) / BLOCK_S))
    return Clip(np.clip(np.concatenate(blocks[first:]), -1.0, 1.0))


def measure_dbfs(samples: Samples) -> float:
    """The RMS level in dB below full scale (a constant 1.0 is 0 dB); digital silence is -120 dB."""
    return float(10.0 * np.log10(np.mean(np.square(samples, dtype=np.float64)) + 1e-12))


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; returns its exit status."""
    options = _parse(arguments)
    try:
        if options.list:
            _say("\n".join(_list_inputs(_import_sounddevice())))
        else:
            _record_to(options.out, options.max_seconds, options.device)
    except ProjectError as exc:
        sys.stderr.write(f"{exc}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("stopped, nothing written\n")
        return 130
    return 0


class _Microphone:
    def __init__(self, stream: "_BlockingStream") -> None:
        self._stream = stream

    def read_block(self) -> Samples:
        # Whether samples were lost before is not asked: what can still be heard is recognised.
        samples, _overflowed = self._stream.read(BLOCK_SAMPLES)
        return samples[:, 0]


class _BlockingStream(Protocol):
    """What is used of `sounddevice.InputStream`, which carries no types of its own."""

    def read(self, frames: int) -> tuple[Samples, bool]: ...


def _import_sounddevice() -> ModuleType:
    try:
        # Imported late: it looks for PortAudio, which only this recording needs.
        import sounddevice  # noqa: PLC0415
    # OSError is what sounddevice raises where the PortAudio library is missing.
    except (ImportError, OSError) as exc:
        raise MicrophoneError(
            "Recording needs the package sounddevice and PortAudio; on Debian: apt install libportaudio2."
        ) from exc
    return sounddevice


def _list_inputs(sounddevice: ModuleType) -> list[str]:
    devices = [device for device in sounddevice.query_devices() if device["max_input_channels"] > 0]
    if not devices:
        raise MicrophoneError("This machine has no input device: connect a microphone and try again.")
    return [f"{device['index']}  {device['name']}" for device in devices]


def _record_until(end: EndOfSpeech, stream: InputStream, max_blocks: int) -> Iterator[Samples]:
    for number in range(max_blocks):
        block = stream.read_block()
        yield block
        if end.hear(measure_dbfs(block), number * BLOCK_S):
            return


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m core.speech.microphone", description="Record one utterance.")
    parser.add_argument("--out", type=Path, default=Path("utterance.wav"), help="the WAV to write (%(default)s)")
    parser.add_argument("--max-seconds", type=float, default=15.0, help="stop after this time (%(default)s)")
    parser.add_argument("--device", type=int, help="number of the input device (the system's default)")
    parser.add_argument("--list", action="store_true", help="list the input devices and exit")
    return parser.parse_args(arguments)


def _record_to(path: Path, max_duration_s: float, device: int | None) -> None:
    with _output_errors(path):
        _check_output(path)
    clip = record_utterance(max_duration_s, device=device, open_stream=_open_announced)
    with _output_errors(path):
        _write_whole(path, encode_wav(clip.samples, SAMPLE_RATE))
    _say(f"{path}: {clip.duration_s:.1f} s")


@contextmanager
def _open_announced(device: int | None) -> Iterator[InputStream]:
    with open_microphone(device) as stream:
        _say("listening…")
        yield stream


@contextmanager
def _output_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as exc:
        raise AudioError(f"{path} cannot be written ({exc.strerror}): choose another --out.") from exc


def _check_output(path: Path) -> None:
    """Find out before anybody speaks for nothing."""
    if path.exists() and not (path.is_file() and os.access(path, os.W_OK)):
        raise AudioError(f"{path} is no file that can be written: choose another --out.")
    with tempfile.TemporaryFile(dir=path.parent):
        pass


def _write_whole(path: Path, data: bytes) -> None:
    """Write beside `path` and move into place, so that no reader ever meets half a file."""
    handle, name = tempfile.mkstemp(dir=path.parent, suffix=".part")
    part = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
