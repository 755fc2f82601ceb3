"""A run's folder: everything that scoring needs, so that a run can be scored anywhere, without audio or a model.

run.json           what the results depend on, written once; a run only goes on under the very same
references.jsonl   the utterances: references, kinds, biasing words, context texts
hypotheses.jsonl   the raw texts, one line an utterance with both arms, added line by line
scores.json        written by `evals.score`
"""

import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args

from core.errors import RunError
from core.speech.recognition import Hypothesis, Recognition
from evals.manifest import Kind, Utterance

Arm = Literal["without_context", "with_context"]
Record = dict[str, Any]
T = TypeVar("T")

ARMS: tuple[Arm, ...] = get_args(Arm)
RUN = "run.json"
REFERENCES = "references.jsonl"
HYPOTHESES = "hypotheses.jsonl"
SCORES = "scores.json"


@dataclass(frozen=True, slots=True)
class Reference:
    """What scoring needs of an utterance. `context` are the texts of its items."""

    utterance_id: str
    dialogue_id: str
    speaker: str
    kind: Kind
    text: str
    bias_words: tuple[str, ...]
    context: tuple[str, ...]
    slices: Mapping[str, Any]

    @classmethod
    def of(cls, utterance: Utterance) -> "Reference":
        """The reference of an utterance of the manifest."""
        return cls(
            utterance.utterance_id,
            utterance.dialogue_id,
            utterance.speaker,
            utterance.kind,
            utterance.text,
            utterance.bias_words,
            tuple(item.text for item in utterance.context),
            utterance.slices,
        )


def make_folder(folder: Path) -> None:
    """Create the folder where it is missing, and see that files can be written there.

    Raises:
        RunError: they cannot.
    """
    with _writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / f".probe-{os.getpid()}"
        probe.touch()
        probe.unlink()


def write_json(path: Path, value: object) -> None:
    """Write a file of one JSON value; readers see the old file or the new one, never half of it.

    Raises:
        RunError: the folder cannot be written to.
    """
    _replace(path, json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False) + "\n")


def write_references(folder: Path, references: Iterable[Reference]) -> None:
    """Write all references at once, like `write_json`."""
    _replace(folder / REFERENCES, "".join(_to_line(asdict(reference)) for reference in references))


def append_recognition(folder: Path, utterance_id: str, recognition: Recognition) -> None:
    """Add one finished utterance; its line is out of this process's hands when this returns.

    Raises:
        RunError: the folder cannot be written to.
    """
    line = _to_line({"utterance_id": utterance_id, **asdict(recognition)})
    with _writing(folder), (folder / HYPOTHESES).open("a", encoding="utf-8") as file:
        file.write(line)


def drop_torn_line(folder: Path) -> None:
    """Cut off a last line that a kill left unfinished.

    Raises:
        RunError: the folder cannot be written to.
    """
    path = folder / HYPOTHESES
    with _writing(folder):
        content = path.read_bytes() if path.exists() else b""
        whole = content.rfind(b"\n") + 1
        if whole < len(content):
            os.truncate(path, whole)


def read_run(folder: Path) -> Record:
    """What the results depend on.

    Raises:
        RunError: the folder holds no run.
    """
    try:
        run = json.loads((folder / RUN).read_text(encoding="utf-8"))
    except (OSError, ValueError) as exc:
        raise RunError(f"{folder} is no folder of a run: its {RUN} is missing or damaged.") from exc
    if not isinstance(run, dict) or not isinstance(run.get("seed"), int):
        raise RunError(f"{folder} is no folder of a run: its {RUN} holds something else.")
    return run


def read_references(folder: Path) -> dict[str, Reference]:
    """The references by utterance, in the order of the manifest.

    Raises:
        RunError: the file is missing or damaged.
    """
    return _read(folder / REFERENCES, _parse_reference)


def read_recognitions(folder: Path) -> dict[str, Recognition]:
    """The finished utterances; an unfinished last line is not among them.

    Raises:
        RunError: the file is damaged or holds an utterance twice.
    """
    return _read(folder / HYPOTHESES, _parse_recognition) if (folder / HYPOTHESES).exists() else {}


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as exc:
        raise RunError(f"The folder {folder} cannot be written to: {exc.strerror}.") from exc


def _replace(path: Path, text: str) -> None:
    partial = path.with_name(f".{path.name}.partial")
    with _writing(path.parent):
        partial.write_text(text, encoding="utf-8")
        partial.replace(path)


def _to_line(record: Record) -> str:
    return json.dumps(record, ensure_ascii=False) + "\n"


def _read(path: Path, parse: Callable[[Record], T]) -> dict[str, T]:
    records: dict[str, T] = {}
    for number, line in enumerate(_whole_lines(path), start=1):
        try:
            record = json.loads(line)
            utterance_id, parsed = str(record["utterance_id"]), parse(record)
        except (ValueError, TypeError, KeyError) as exc:
            raise RunError(f"{path}, line {number}: is damaged; start the run again in another folder.") from exc
        if utterance_id in records:
            raise RunError(f"{path}, line {number}: this utterance stands there already.")
        records[utterance_id] = parsed
    return records


def _whole_lines(path: Path) -> list[bytes]:
    try:
        return path.read_bytes().split(b"\n")[:-1]
    except OSError as exc:
        raise RunError(f"{path} cannot be read: {exc.strerror}.") from exc


def _parse_reference(record: Record) -> Reference:
    return Reference(**{**record, "bias_words": tuple(record["bias_words"]), "context": tuple(record["context"])})


def _parse_recognition(record: Record) -> Recognition:
    return Recognition(
        without_context=_parse_hypothesis(record["without_context"]),
        with_context=_parse_hypothesis(record["with_context"]),
        outcome=record["outcome"],
        prompted=tuple(record["prompted"]),
        encode_ms=float(record["encode_ms"]),
    )


def _parse_hypothesis(record: Record) -> Hypothesis:
    text = record["text"]
    if not isinstance(text, str):
        raise TypeError("a hypothesis is a string")
    return Hypothesis(text, *(float(record[name]) for name in ("avg_logprob", "no_speech_prob", "decode_ms")))
