"""The manifest: how a set of follow-up turns is written down, one JSON object a line.

The first keys are those of NVIDIA NeMo's manifests, so that a set opens in its Speech Data Explorer. All lines are
checked before anything else happens; the first thing that is wrong is told with file, line and key.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, NoReturn, get_args

from core.dialogue import ContextItem, Signal, Speaker, Turn
from core.errors import ManifestError
from core.settings import ROOT

Kind = Literal["positive", "anti", "sound_alike", "no_context", "no_speech"]

MANIFEST = "manifest.jsonl"
KINDS: tuple[Kind, ...] = get_args(Kind)
SPEAKERS: tuple[Speaker, ...] = get_args(Speaker)
SIGNALS: tuple[Signal, ...] = tuple(
    signal for signal in get_args(Signal) if signal not in {"prior_turn", "earlier_turns"}
)
MAX_DURATION_S = 24 * 3600


@dataclass(frozen=True, slots=True)
class Utterance:
    """One follow-up utterance: its audio, what is said, the turns before it and the context given with it.

    `audio_filepath` is the manifest's own word for the file, relative to its folder. `text` is the reference as
    written, empty where nobody speaks. `bias_words` are the words of `text` that count for B-WER. `slices` holds what a
    report may group by.
    """

    audio_path: Path
    audio_filepath: str
    duration_s: float
    text: str
    utterance_id: str
    dialogue_id: str
    speaker: str
    kind: Kind
    dialogue: tuple[Turn, ...]
    context: tuple[ContextItem, ...]
    bias_words: tuple[str, ...]
    slices: Mapping[str, Any]
    source: str


def read_manifest(path: Path) -> tuple[Utterance, ...]:
    """Read and check a whole manifest. Unknown keys and empty lines are ignored.

    Raises:
        ManifestError: the file cannot be read, holds no utterance, or a line is not as it should be.
    """
    return _read(path, _recorded)


def read_shipped() -> tuple[Utterance, ...]:
    """Every utterance of the two sets of follow-ups that come with the project."""
    return tuple(one for name in ("followups", "harm") for one in read_manifest(ROOT / "data" / name / MANIFEST))


def read_prompts(path: Path) -> tuple[Utterance, ...]:
    """Read the manifest of a set that is still to be spoken, checked like `read_manifest`. `audio_filepath`,
    `duration`, `speaker` and `source` may be missing; they are not looked at and come back empty or 0.
    """
    return _read(path, _unrecorded)


def _read(path: Path, parse: Callable[["_Line"], Utterance]) -> tuple[Utterance, ...]:
    utterances: list[Utterance] = []
    line_of: dict[str, int] = {}
    for line in _lines(path):
        utterance = parse(line)
        if first := line_of.get(utterance.utterance_id):
            line.fail("utterance_id", f"is the same as in line {first}")
        line_of[utterance.utterance_id] = line.number
        utterances.append(utterance)
    if not utterances:
        raise ManifestError(f"{path} holds no utterance.")
    return tuple(utterances)


@dataclass(frozen=True, slots=True)
class _Line:
    """One object of the file, or one inside it, and how to complain about it."""

    path: Path
    number: int
    record: Mapping[str, Any]
    within: str = ""

    def fail(self, key: str, problem: str) -> NoReturn:
        raise ManifestError(f"{self.path}, line {self.number}, {self.within}{key}: {problem}.")

    def value(self, key: str, type_: type | tuple[type, ...], type_name: str) -> Any:
        if key not in self.record:
            self.fail(key, "is missing")
        value = self.record[key]
        # bool is an int to Python, but true is no duration.
        if not isinstance(value, type_) or isinstance(value, bool):
            self.fail(key, f"must be {type_name}")
        if not _is_encodable(value):
            self.fail(key, "holds half of a surrogate pair")
        return value

    def text(self, key: str) -> str:
        return str(self.value(key, str, "a string"))

    def name(self, key: str) -> str:
        return self.text(key).strip() or self.fail(key, "must not be empty")

    def choice(self, key: str, known: tuple[str, ...]) -> Any:
        text = self.text(key)
        return text if text in known else self.fail(key, f"must be one of {', '.join(known)}")

    def texts(self, key: str) -> tuple[str, ...]:
        values = self.value(key, list, "a list of strings")
        if not all(isinstance(value, str) for value in values):
            self.fail(key, "must be a list of strings")
        return tuple(values)

    def objects(self, key: str) -> Iterator["_Line"]:
        for index, value in enumerate(self.value(key, list, "a list of objects")):
            if not isinstance(value, dict):
                self.fail(key, "must be a list of objects")
            yield _Line(self.path, self.number, value, f"{key}[{index}].")


def _lines(path: Path) -> Iterator[_Line]:
    try:
        content = path.read_bytes()
    except OSError as exc:
        raise ManifestError(f"The manifest {path} cannot be read: {exc.strerror}.") from exc
    # Only \n ends a line: str.splitlines would also split at U+2028, which JSON allows inside a string.
    for number, raw in enumerate(content.removeprefix(b"\xef\xbb\xbf").split(b"\n"), start=1):
        if raw.strip():
            yield _Line(path, number, _json_object(path, number, raw))


def _json_object(path: Path, number: int, raw: bytes) -> Mapping[str, Any]:
    try:
        record = json.loads(raw.decode("utf-8"), parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as exc:
        raise ManifestError(f"{path}, line {number}: is not JSON in UTF-8.") from exc
    if not isinstance(record, dict):
        raise ManifestError(f"{path}, line {number}: is not a JSON object.")
    return record


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _is_encodable(value: object) -> bool:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _recorded(line: _Line) -> Utterance:
    return _utterance(line, _audio_path(line), line.name("audio_filepath"), _duration_s(line))


def _unrecorded(line: _Line) -> Utterance:
    known = {**line.record, "speaker": "", "source": ""}
    return _utterance(replace(line, record=known), Path(), "", 0.0)


def _utterance(line: _Line, audio_path: Path, audio_filepath: str, duration_s: float) -> Utterance:
    utterance = Utterance(
        audio_path=audio_path,
        audio_filepath=audio_filepath,
        duration_s=duration_s,
        text=line.text("text"),
        utterance_id=line.name("utterance_id"),
        dialogue_id=line.name("dialogue_id"),
        speaker=line.text("speaker"),
        kind=line.choice("kind", KINDS),
        dialogue=tuple(Turn(t.choice("speaker", SPEAKERS), t.text("text")) for t in line.objects("dialogue")),
        context=tuple(ContextItem(i.choice("signal", SIGNALS), i.text("text")) for i in line.objects("context")),
        bias_words=line.texts("bias_words"),
        slices=line.value("slices", dict, "an object"),
        source=line.text("source"),
    )
    _check_kind(line, utterance)
    return utterance


def _duration_s(line: _Line) -> float:
    value = line.value("duration", (int, float), "a number")
    if not 0 < value <= MAX_DURATION_S:
        line.fail("duration", f"must be seconds, more than 0 and at most {MAX_DURATION_S}")
    return float(value)


def _audio_path(line: _Line) -> Path:
    folder = line.path.parent
    relative = Path(line.name("audio_filepath"))
    if relative.is_absolute() or ".." in relative.parts:
        line.fail("audio_filepath", "must be a path inside the manifest's folder")
    if not _is_file(folder / relative):
        line.fail("audio_filepath", "there is no such file")
    return folder / relative


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # for example a name longer than the file system allows
        return False


def _check_kind(line: _Line, utterance: Utterance) -> None:
    if utterance.kind == "no_speech" and utterance.text.strip():
        line.fail("kind", "no_speech asks for an empty text")
    if utterance.kind == "no_context" and utterance.context:
        line.fail("kind", "no_context asks for an empty context")
