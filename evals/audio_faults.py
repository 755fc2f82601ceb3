"""`python -m evals.audio_faults`: mutated files, decoded as the app decodes what a user brings. Nothing may break.

Each file is a valid one, of every accepted kind, with some bytes changed, cut out, doubled or cut off. It has to end in
a clip or in one of the project's errors; a process that dies or takes too long is a failure. What the separate process
costs an ordinary clip is measured beside it.
"""

import argparse
import functools
import io
import random
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import cycle, islice

import soundfile

from core.command import run_command
from core.errors import AudioAbandoned, AudioError, RunError
from core.settings import ROOT
from core.speech.audio import SAMPLE_RATE, decode_clip, read_clip
from core.speech.decoder import ClipDecoder
from evals.benchmarks.figure import Figure, percentiles
from evals.benchmarks.timing import Ratio, divide_times, time_in_turn

CLIP = ROOT / "data" / "scenarios" / "call_meg" / "turn_2.flac"
KINDS = (
    ("WAV", "PCM_16"),
    ("WAV", "FLOAT"),
    ("WAV", "PCM_24"),
    ("FLAC", "PCM_16"),
    ("MP3", "MPEG_LAYER_III"),
    ("OGG", "VORBIS"),
    ("OGG", "OPUS"),
)
HEAD_BYTES = 300  # where most of what a demuxer believes stands
MOST_CHANGES = 20
MOST_BYTES_MOVED = 2000
TIMED = 50  # decodes


@dataclass(slots=True)
class Tried:
    """What became of the mutated files: how often each ending, and the milliseconds of each file."""

    endings: Counter[str] = field(default_factory=Counter)
    took_ms: list[float] = field(default_factory=list)


def run_mutations(decoder: ClipDecoder, count: int, seed: int = 1) -> Tried:
    """Decode so many mutated files.

    Raises:
        RunError: a process was broken or took too long, or what it came from did.
    """
    tried, pid = Tried(), decoder.pid
    for number, data in enumerate(islice(mutations(seed), count)):
        start_s = time.perf_counter()
        tried.endings[_decode(decoder, data, number)] += 1
        tried.took_ms.append((time.perf_counter() - start_s) * 1000.0)
    if decoder.pid != pid:
        raise RunError("The process that waits was broken by one of the files.")
    return tried


def mutations(seed: int) -> Iterator[bytes]:
    """Mutated files of all kinds in turn, without end; the same for the same seed, but for the serial number in OGG."""
    rng = random.Random(seed)  # noqa: S311 - which bytes change
    for valid in cycle([_encode(kind, subtype) for kind, subtype in KINDS]):
        yield mutate(valid, rng)


def mutate(valid: bytes, rng: random.Random) -> bytes:
    """A few changed bytes, half of them in the file's head; often something cut out, doubled or cut off as well."""
    data = bytearray(valid)
    for _ in range(rng.randrange(1, MOST_CHANGES)):
        data[rng.randrange(rng.choice((HEAD_BYTES, len(data))))] = rng.randrange(256)
    start = rng.randrange(len(data))
    end = start + rng.randrange(MOST_BYTES_MOVED)
    how = rng.choice(("as it is", "cut out", "doubled", "cut off"))
    if how == "cut out":
        del data[start:end]
    elif how == "doubled":
        data[start:start] = data[start:end]
    elif how == "cut off":
        del data[start + 1 :]
    return bytes(data)


def compare_decoding(decoder: ClipDecoder) -> Ratio:
    """A shipped clip in a process of its own, and in place."""
    data = CLIP.read_bytes()
    variants = {"apart": lambda: decoder.decode(data), "in place": lambda: decode_clip(data)}
    times_s = time_in_turn(variants, TIMED)
    return divide_times("decode a clip, process of its own / in place", times_s["apart"], times_s["in place"])


def _decode(decoder: ClipDecoder, data: bytes, number: int) -> str:
    try:
        decoder.decode(data)
    except AudioAbandoned as exc:
        raise RunError(f"File {number} broke its process or took too long.") from exc
    except AudioError as exc:
        return exc.code
    return "clip"


@functools.cache
def _encode(kind: str, subtype: str) -> bytes:
    encoded = io.BytesIO()
    soundfile.write(encoded, read_clip(CLIP).samples, SAMPLE_RATE, format=kind, subtype=subtype)
    return encoded.getvalue()


def main(arguments: Sequence[str] | None = None) -> int:
    """Try the files, time an ordinary one, and print both; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m evals.audio_faults", description="No file may break anything.")
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    decoder = ClipDecoder()
    try:
        decoder.decode(CLIP.read_bytes())  # so that no file's time holds that of loading
        tried = run_mutations(decoder, options.files, options.seed)
        endings = ", ".join(f"{count} {ending}" for ending, count in tried.endings.most_common())
        print(f"{options.files} mutated files: {endings}; 0 processes broken")
        print(Figure("a mutated file", percentiles(tried.took_ms, 50, 99, 100), "250 ms", options.files).row)
        print(compare_decoding(decoder).row)
    finally:
        decoder.close()
    return 0


if __name__ == "__main__":
    run_command(main)
