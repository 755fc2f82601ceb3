"""`python -m evals.convert librispeech`: a part of LibriSpeech with long lists of rare words, as a set to run.

LibriSpeech (Panayotov et al. 2015) keeps each clip as SPEAKER/CHAPTER/ID.flac and the texts of a chapter in
SPEAKER-CHAPTER.trans.txt. The lists are those of Le et al. 2021, "Contextualized Streaming End-to-End Speech
Recognition with Trie-Based Deep Biasing and Shallow Fusion" (facebookresearch/fbai-speech, is21_deep_bias/ref): one
line an utterance, with id, text, the text's rare words and the biasing list as JSON, between tabs.
"""

import argparse
import json
import os
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import soundfile as sf

from core.command import STOPPED, run_command
from core.errors import AudioError, ManifestError, RunError
from core.speech.audio import MAX_DURATION_S
from evals.librispeech import BiasingLine, Library, index_library, read_biasing_lines
from evals.manifest import MANIFEST
from evals.results import make_folder, write_text

Record = dict[str, Any]

SEED = 26
LIBRISPEECH = "LibriSpeech, (c) 2014 Vassil Panayotov, CC BY 4.0"
LISTS = "text and list: facebookresearch/fbai-speech is21_deep_bias, MIT"


@dataclass(frozen=True, slots=True)
class Converted:
    """How many utterances a new set holds, and how many were left out because no recogniser's window holds them."""

    utterances: int
    too_long: int


def convert_librispeech(audio: Path, biasing: Path, folder: Path, limit: int | None = None) -> Converted:
    """Write a set: `manifest.jsonl` and the clips under `audio/`. Nothing is written unless all lines are right.

    Args:
        audio: a part of LibriSpeech, or all of it.
        biasing: the list; its lines say which clips are taken, in their order.
        folder: where the set is written; created where it is missing.
        limit: only the first so many lines.

    Raises:
        ManifestError: a line of either kind of file is not as it should be, or lacks its clip or its transcript.
        AudioError: a clip cannot be read.
        RunError: the folder cannot be written to.
    """
    if (folder / MANIFEST).exists():
        raise ManifestError(f"{folder / MANIFEST} is there already: choose another --out.")
    library = index_library(audio)
    lines = read_biasing_lines(biasing)[:limit]
    records = {line.utterance_id: _describe(line, library, biasing.name) for line in lines}
    kept = {utterance_id: record for utterance_id, record in records.items() if record["duration"] <= MAX_DURATION_S}
    if not kept:
        raise ManifestError(f"{biasing}: every clip that it names is longer than {MAX_DURATION_S:g} s.")
    make_folder(folder)
    for utterance_id, record in kept.items():
        _copy_audio(library.clips[utterance_id], folder / record["audio_filepath"])
    # Last: a set that was not finished has no manifest.
    write_text(folder / MANIFEST, "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in kept.values()))
    return Converted(len(kept), len(records) - len(kept))


def main(arguments: Sequence[str] | None = None) -> int:
    """Convert; returns the exit status."""
    options = _parser().parse_args(arguments)
    try:
        done = convert_librispeech(options.audio, options.biasing, options.out, options.limit)
    except KeyboardInterrupt:
        print("Stopped; the set has no manifest. The same command starts again.", file=sys.stderr)
        return STOPPED
    if done.too_long:
        print(f"{done.too_long} longer than {MAX_DURATION_S:g} s are left out.")
    print(f"{done.utterances} utterances. Next: python -m evals.run --manifest {options.out / MANIFEST} --out DIR")
    return 0


def _describe(line: BiasingLine, library: Library, list_name: str) -> Record:
    """The line of the manifest. The list is sorted in its file; shuffled, its order tells nothing."""
    clip = library.find_clip(line)
    library.check_transcript(line)
    order = np.random.default_rng([SEED, *line.numbers]).permutation(len(line.biasing))
    return {
        "audio_filepath": f"audio/{line.utterance_id}{clip.suffix}",
        "duration": _measure_duration_s(clip),
        "text": line.text,
        "utterance_id": line.utterance_id,
        "dialogue_id": line.chapter,
        "speaker": line.speaker,
        "kind": "positive" if line.rare else "anti",
        "dialogue": [],
        "context": [{"signal": "list", "text": line.biasing[place]} for place in order],
        "bias_words": list(dict.fromkeys(line.rare)),
        "slices": {"list_size": len(line.biasing)},
        "source": f"{LIBRISPEECH}; {LISTS}, {list_name}",
    }


def _copy_audio(source: Path, target: Path) -> None:
    """Put a clip into a set: as a hard link, which takes no room, or as a copy where the file systems differ."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.unlink(missing_ok=True)
        _link_or_copy(source.resolve(), target)
    except OSError as exc:
        raise RunError(f"{target} cannot be written: {exc.strerror}.") from exc


def _link_or_copy(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def _measure_duration_s(clip: Path) -> float:
    try:
        return round(float(sf.info(clip).duration), 4)
    except (sf.LibsndfileError, OSError) as exc:
        raise AudioError(f"{clip} is no sound file that can be read.") from exc


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m evals.convert", description="Turn a published corpus with its biasing lists into a set to run."
    )
    parser.add_argument("corpus", choices=["librispeech"], help="the corpus")
    parser.add_argument(
        "--audio", type=Path, required=True, metavar="FOLDER", help="SPEAKER/CHAPTER/*.flac, *.trans.txt"
    )
    parser.add_argument("--biasing", type=Path, required=True, metavar="FILE.tsv", help="fbai-speech's ref/*.tsv")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder of the new set")
    parser.add_argument("--limit", type=_positive, metavar="N", help="only the first N lines of the biasing file")
    return parser


def _positive(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not int(text):
        raise argparse.ArgumentTypeError("must be a whole number above 0")
    return int(text)


if __name__ == "__main__":
    run_command(main)
