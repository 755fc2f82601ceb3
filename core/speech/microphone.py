"""Records one utterance from this machine's microphone: `python -m core.speech.microphone --out FILE.wav`.

The recording starts with the first speech and ends by itself at the silence after it.
"""

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from types import ModuleType
from typing import Protocol

import numpy as np

from core.command import run_command
from core.errors import MicrophoneError, ProjectError
from core.output import check_output, write_whole
from core.speech.audio import MAX_DURATION_S, SAMPLE_RATE, Clip, Samples, encode_wav
from core.speech.end_of_speech import EndOfSpeech, measure_dbfs

BLOCK_S = 0.03
BLOCK_SAMPLES = round(BLOCK_S * SAMPLE_RATE)
PRE_ROLL_S = 0.3


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
    _name_inputs(sounddevice)
    try:
        with sounddevice.InputStream(SAMPLE_RATE, BLOCK_SAMPLES, device, channels=1, dtype="float32") as stream:
            yield _Microphone(stream)
    except sounddevice.PortAudioError as exc:
        raise MicrophoneError(f"The input device refused to record ({exc}); see --list and try --device.") from exc


def list_inputs() -> list[str]:
    """This machine's input devices, each with its number.

    Raises:
        MicrophoneError: there is no PortAudio or no input device.
    """
    return _name_inputs(_import_sounddevice())


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


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; returns its exit status."""
    options = _parse(arguments)
    try:
        if options.list:
            _say("\n".join(list_inputs()))
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

        module: ModuleType = sounddevice
    # OSError where the PortAudio library is missing; its own error, not yet importable, where it cannot start.
    except Exception as exc:
        raise MicrophoneError(
            "Recording needs the package sounddevice and PortAudio; on Debian: apt install libportaudio2."
        ) from exc
    return module


def _name_inputs(sounddevice: ModuleType) -> list[str]:
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
    check_output(path)
    clip = record_utterance(max_duration_s, device=device, open_stream=_open_announced)
    write_whole(path, encode_wav(clip.samples, SAMPLE_RATE))
    _say(f"{path}: {clip.duration_s:.1f} s")


@contextmanager
def _open_announced(device: int | None) -> Iterator[InputStream]:
    with open_microphone(device) as stream:
        _say("listening…")
        yield stream


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    run_command(main)
