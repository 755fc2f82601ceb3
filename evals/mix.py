"""`python -m evals.mix`: a set of recorded requests with other people's recordings before, after and over them.

The first second of each utterance's speech is its anchor, in the place of a wake word: what a microphone hears before
and after the speech is cut off. Each utterance comes clean, and in each position at each level; one that is no longer
than its anchor is left out. The set is for measuring only: it holds the audio of others.
"""

import argparse
import itertools
import random
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tqdm import tqdm

from core.command import run_command
from core.errors import RunError
from core.speech.anchoring import Span
from core.speech.audio import MAX_DURATION_S, read_clip
from core.speech.whisper import find_speech
from evals.corpus.clips import write_flac
from evals.corpus.noise import SAMPLE_RATE, Samples, set_level
from evals.corpus.records import write_manifest
from evals.manifest import Utterance, read_manifest
from evals.mixing import POSITIONS, SNRS_DB, Mix, mix_voices, trim

ANCHOR_S = 1.0
LONGEST_OTHER_S = 4.0
LEVEL_DBFS = -26.0
EDGE_S = 0.05  # kept of what lies before and after the speech


def mix_set(asking: Sequence[Utterance], others: Sequence[Utterance], out: Path) -> int:
    """Write the set; returns the number of its clips. What would be longer than a clip may be is left out.

    Raises:
        RunError: `out` is there already or cannot be written.
    """
    try:
        (out / "audio").mkdir(parents=True)
    except OSError as exc:
        raise RunError(f"{out} cannot be made ({exc.strerror}); give a folder that does not exist yet.") from exc
    lines = [line for one in tqdm(asking, disable=None) for line in _mix(one, others, out)]
    write_manifest(lines, out)
    return len(lines)


def take_half(utterances: Sequence[Utterance], half: str) -> list[Utterance]:
    """The utterances of the first or the second half of the speakers, in the order in which they first come."""
    speakers = list(dict.fromkeys(one.speaker for one in utterances))
    middle = len(speakers) // 2
    chosen = {"first": speakers[:middle], "second": speakers[middle:], "": speakers}[half]
    return [one for one in utterances if one.speaker in chosen]


def _mix(one: Utterance, others: Sequence[Utterance], out: Path) -> Iterator[dict[str, Any]]:
    other = random.Random(one.utterance_id).choice(others)  # noqa: S311 - nothing secret
    speech = set_level(_read_speech(one.audio_path), LEVEL_DBFS)
    if speech.size <= ANCHOR_S * SAMPLE_RATE:
        return
    beside = _read_speech(other.audio_path)[: round(LONGEST_OTHER_S * SAMPLE_RATE)]
    for position, snr_db in (("clean", None), *itertools.product(POSITIONS[1:], SNRS_DB)):
        mix = mix_voices(speech, beside, position, snr_db or 0.0, ANCHOR_S)
        if mix.samples.size <= MAX_DURATION_S * SAMPLE_RATE:
            level = {} if snr_db is None else {"snr_db": snr_db}
            name = f"{one.utterance_id}-{position}" + ("" if snr_db is None else f"-{snr_db:g}")
            write_flac(out / "audio" / f"{name}.flac", mix.samples)
            slices = {"background": position, **level}
            source = f"{one.source}; beside it {other.source}"
            yield _describe(one, name, mix) | {"slices": slices, "source": source}


def _read_speech(path: Path) -> Samples:
    """From the first sound of speech to the last; all of a recording in which no voice is found."""
    clip = read_clip(path)
    speech = find_speech(clip)
    if not speech:
        return trim(clip.samples)
    return Span(max(0.0, speech[0].start_s - EDGE_S), speech[-1].end_s + EDGE_S).cut(clip.samples)


def _describe(one: Utterance, name: str, mix: Mix) -> dict[str, Any]:
    return {
        "audio_filepath": f"audio/{name}.flac",
        "duration": round(mix.samples.size / SAMPLE_RATE, 3),
        "text": one.text,
        "utterance_id": name,
        "dialogue_id": one.utterance_id,
        "speaker": one.speaker,
        "kind": "no_context",
        "dialogue": [asdict(turn) for turn in one.dialogue],
        "context": [],
        "bias_words": [],
        "anchor": {"start_s": mix.start_s, "end_s": mix.start_s + ANCHOR_S},
    }


def main(arguments: list[str] | None = None) -> int:
    """Mix two sets; returns the exit status."""
    options = _parser().parse_args(arguments)
    asking, others = (take_half(read_manifest(path), options.half) for path in (options.manifest, options.others))
    made = mix_set(asking, others, options.out)
    print(f"{made} clips made in {options.out}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m evals.mix", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--manifest", type=Path, required=True, help="the set of those who ask")
    parser.add_argument("--others", type=Path, required=True, help="the set of those who talk beside them")
    parser.add_argument("--out", type=Path, required=True, help="folder to write, new")
    parser.add_argument("--half", choices=("first", "second"), default="", help="of the speakers of both sets")
    return parser


if __name__ == "__main__":
    run_command(main)
