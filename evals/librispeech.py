"""LibriSpeech and the biasing lists of fbai-speech. What is wrong is told with file and line, never with the text."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from core.errors import ManifestError

UTTERANCE_ID = re.compile(r"\d+-\d+-\d+", re.ASCII)
COLUMNS = 4


@dataclass(frozen=True, slots=True)
class FileLine:
    """One line of a text file, and how to complain about it."""

    path: Path
    number: int
    content: str

    def fail(self, problem: str) -> NoReturn:
        """Raise the error that names this line."""
        raise ManifestError(f"{self.path}, line {self.number}: {problem}.")


@dataclass(frozen=True, slots=True)
class BiasingLine:
    """One utterance of a biasing file. `biasing` holds all of `rare`, and distractors."""

    place: FileLine
    utterance_id: str
    text: str
    rare: tuple[str, ...]
    biasing: tuple[str, ...]

    @property
    def numbers(self) -> tuple[int, ...]:
        """Speaker, chapter, and number of the utterance."""
        return tuple(int(part) for part in self.utterance_id.split("-"))

    @property
    def speaker(self) -> str:
        """The reader's number."""
        return self.utterance_id.split("-")[0]

    @property
    def chapter(self) -> str:
        """The chapter's number."""
        return self.utterance_id.split("-")[1]


@dataclass(frozen=True, slots=True)
class Library:
    """The clips and the transcripts of a folder, by utterance."""

    folder: Path
    clips: Mapping[str, Path]
    transcripts: Mapping[str, FileLine]

    def find_clip(self, line: BiasingLine) -> Path:
        """The clip of a biasing line.

        Raises:
            ManifestError: there is none.
        """
        clip = self.clips.get(line.utterance_id)
        return clip or line.place.fail(f"{self.folder} has no {line.utterance_id}.flac; take out the line")

    def check_transcript(self, line: BiasingLine) -> None:
        """See that the biasing file and the corpus mean the same utterance.

        Raises:
            ManifestError: there is no transcript, or it holds other words.
        """
        transcript = self.transcripts.get(line.utterance_id)
        if transcript is None:
            line.place.fail(f"{self.folder} has no transcript of {line.utterance_id} in a *.trans.txt")
        if transcript.content.casefold().split() != line.text.casefold().split():
            transcript.fail(f"{line.utterance_id} holds other words than {line.place.path}, line {line.place.number}")


def index_library(folder: Path) -> Library:
    """Find all clips and read all transcripts under a folder.

    Raises:
        ManifestError: there are no clips, or a transcript is malformed or there twice.
    """
    clips = {path.stem: path for path in sorted(folder.rglob("*.flac"))}
    if not clips:
        raise ManifestError(f"{folder} holds no *.flac: give the folder of a part of LibriSpeech, such as test-other.")
    transcripts: dict[str, FileLine] = {}
    for path in sorted(folder.rglob("*.trans.txt")):
        for line in read_lines(path):
            utterance_id, _, text = line.content.partition(" ")
            if utterance_id in transcripts or not UTTERANCE_ID.fullmatch(utterance_id) or not text.strip():
                line.fail("is not an utterance's id, a space and its text, each utterance once")
            transcripts[utterance_id] = FileLine(path, line.number, text)
    return Library(folder, clips, transcripts)


def read_biasing_lines(path: Path) -> list[BiasingLine]:
    """Read and check a whole biasing file.

    Raises:
        ManifestError: it cannot be read, is empty, or a line is malformed or names an utterance again.
    """
    lines = [_parse_biasing(line) for line in read_lines(path)]
    seen: set[str] = set()
    for line in lines:
        if line.utterance_id in seen:
            line.place.fail(f"{line.utterance_id} stands there already")
        seen.add(line.utterance_id)
    return lines or _fail_empty(path)


def read_lines(path: Path) -> Iterator[FileLine]:
    """The lines that are not blank, without a byte order mark and with either line end.

    Raises:
        ManifestError: the file cannot be read or is not in UTF-8.
    """
    try:
        content = path.read_bytes().decode("utf-8-sig")
    except OSError as exc:
        raise ManifestError(f"{path} cannot be read: {exc.strerror}.") from exc
    except UnicodeDecodeError as exc:
        raise ManifestError(f"{path} is not in UTF-8.") from exc
    for number, line in enumerate(content.split("\n"), start=1):
        if line.strip():
            yield FileLine(path, number, line.rstrip("\r"))


def _parse_biasing(place: FileLine) -> BiasingLine:
    columns = place.content.split("\t")
    if len(columns) != COLUMNS:
        place.fail(f"has {len(columns)} columns between tabs instead of {COLUMNS}: id, text, rare words, biasing list")
    utterance_id, text, rare, biasing = columns
    if not UTTERANCE_ID.fullmatch(utterance_id):
        place.fail("does not begin with the id of an utterance, SPEAKER-CHAPTER-NUMBER")
    line = BiasingLine(place, utterance_id, text, _parse_words(place, rare), _parse_words(place, biasing))
    if not set(line.rare) <= set(text.split()) & set(line.biasing):
        place.fail("a rare word is missing in the text or in the biasing list")
    return line


def _parse_words(place: FileLine, column: str) -> tuple[str, ...]:
    try:
        words = json.loads(column)
    except (ValueError, RecursionError):
        words = None
    if not isinstance(words, list) or not all(isinstance(word, str) and word.strip() for word in words):
        place.fail("its third and fourth columns must be JSON lists of words")
    return tuple(words)


def _fail_empty(path: Path) -> NoReturn:
    raise ManifestError(f"{path} names no utterance.")
