"""A run's folder: everything that scoring needs, so that a run can be scored anywhere, without audio or a model.

run.json           what the results depend on; a run only goes on under the very same. Once all is recognised, also how
                   often each outcome of the context came, by arm
references.jsonl   the utterances: the lines of the manifest, with its keys
hypotheses.jsonl   the raw texts, one line an utterance with all arms, added line by line
scores.json        written by `evals.score`
"""

import json
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeVar, get_args

from core.dialogue import ContextItem, Outcome, Turn
from core.errors import RunError
from core.output import replace_file
from core.speech.recognition import DecodingOutcome, Recognition
from evals.manifest import Kind, Utterance

Arm = str
"""A condition of a run: "without_context", "with_context", or one of the ablations of `evals.arms`."""

Record = dict[str, Any]
T = TypeVar("T")

WITHOUT_CONTEXT: Arm = "without_context"
WITH_CONTEXT: Arm = "with_context"
PLACEBO: Arm = "placebo"
ARMS: tuple[Arm, ...] = (WITHOUT_CONTEXT, WITH_CONTEXT)
RUN = "run.json"
REFERENCES = "references.jsonl"
HYPOTHESES = "hypotheses.jsonl"
SCORES = "scores.json"
OUTCOMES = "outcomes"
"""The key of run.json that is no condition of the results, but counted from them."""


@dataclass(frozen=True, slots=True)
class Reference:
    """What scoring and reporting need of an utterance. `audio_filepath` is relative to the manifest's folder."""

    utterance_id: str
    dialogue_id: str
    speaker: str
    kind: Kind
    text: str
    bias_words: tuple[str, ...]
    context: tuple[ContextItem, ...]
    slices: Mapping[str, Any]
    audio_filepath: str
    duration_s: float
    dialogue: tuple[Turn, ...]
    source: str

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
            utterance.context,
            utterance.slices,
            utterance.audio_filepath,
            utterance.duration_s,
            utterance.dialogue,
            utterance.source,
        )


@dataclass(frozen=True, slots=True)
class ArmResult:
    """What one arm heard; the first fields are those of `core.speech.recognition`.

    avg_logprob, no_speech_prob: nan where a yardstick does not tell them.
    decode_ms: this arm alone. An arm that had nothing to decode with ("empty", "rejected") repeats the plain one.
    reasons: for each stretch of words that the context changed which item brought it, see `Change.reason`.
    alternative, margin: see `core.speech.recognition.Alternative`.
    """

    text: str
    avg_logprob: float
    no_speech_prob: float
    decode_ms: float
    outcome: DecodingOutcome
    prompted: int
    reasons: tuple[str, ...] = ()
    alternative: str | None = None
    margin: float = 0.0

    @classmethod
    def of(cls, recognition: Recognition) -> "ArmResult":
        """The arm whose bias list the recognition was given."""
        other = recognition.alternative
        return cls(
            **asdict(recognition.with_context),
            outcome=recognition.outcome,
            prompted=len(recognition.prompted),
            reasons=tuple(f"{one.was or '∅'} → {one.now or '∅'}: {one.reason}" for one in recognition.changes),
            alternative=other.text if other else None,
            margin=other.margin if other else 0.0,
        )


@dataclass(frozen=True, slots=True)
class Recognized:
    """One finished utterance. `encode_ms` was paid once for all arms; "without_context" is always among them."""

    utterance_id: str
    encode_ms: float
    arms: Mapping[Arm, ArmResult]

    @classmethod
    def of(cls, utterance_id: str, recognitions: Mapping[Arm, Recognition]) -> "Recognized":
        """All arms of one clip, which were decoded from one encoding."""
        encode_ms = next(iter(recognitions.values())).encode_ms
        return cls(utterance_id, encode_ms, {arm: ArmResult.of(one) for arm, one in recognitions.items()})


def count_outcomes(recognized: Iterable[Recognized]) -> dict[Arm, dict[Outcome, int]]:
    """Utterances by outcome, for each arm; "late", "failed" and "disabled" need a reply that is spoken."""
    counts: dict[Arm, Counter[str]] = {}
    for one in recognized:
        for arm, result in one.arms.items():
            counts.setdefault(arm, Counter())[result.outcome] += 1
    return {arm: {outcome: of_arm[outcome] for outcome in get_args(Outcome)} for arm, of_arm in counts.items()}


def make_folder(folder: Path) -> None:
    """Create the folder where it is missing, and see that files can be written there.

    Raises:
        RunError: they cannot.
    """
    with _writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / f".probe-{os.getpid()}"
        probe.write_bytes(b"a full disk takes a name, but no content")
        probe.unlink()


def write_json(path: Path, value: object) -> None:
    """Write a file of one JSON value; readers see the old file or the new one, never half of it.

    Raises:
        RunError: the folder cannot be written to.
    """
    write_text(path, json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False) + "\n")


def write_text(path: Path, text: str) -> None:
    """Write a whole file, like `write_json`. A pipe or a device, as /dev/stdout is, is written to, not replaced."""
    with _writing(path.parent):
        if path.exists() and not path.is_file():
            path.write_text(text, encoding="utf-8")
        else:
            replace_file(path, text.encode())


def write_references(folder: Path, references: Iterable[Reference]) -> None:
    """Write all references at once, like `write_json`."""
    write_text(folder / REFERENCES, "".join(_to_line(describe_reference(reference)) for reference in references))


def append_recognized(folder: Path, recognized: Recognized) -> None:
    """Add one finished utterance; its line is out of this process's hands when this returns.

    Raises:
        RunError: the folder cannot be written to.
    """
    line = _to_line(asdict(recognized))
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


def read_recognitions(folder: Path) -> dict[str, Recognized]:
    """The finished utterances; an unfinished last line is not among them.

    Raises:
        RunError: the file is damaged or holds an utterance twice.
    """
    return _read(folder / HYPOTHESES, _parse_recognized) if (folder / HYPOTHESES).exists() else {}


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as exc:
        raise RunError(f"The folder {folder} cannot be written to: {exc.strerror}.") from exc


def _to_line(record: Record) -> str:
    return json.dumps(record, ensure_ascii=False) + "\n"


def _read(path: Path, parse: Callable[[Record], T]) -> dict[str, T]:
    records: dict[str, T] = {}
    for number, line in enumerate(_whole_lines(path), start=1):
        try:
            record = json.loads(line)
            utterance_id, parsed = str(record["utterance_id"]), parse(record)
        except (ValueError, TypeError, KeyError, AttributeError) as exc:
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


def describe_reference(reference: Reference) -> Record:
    """The utterance with the manifest's keys."""
    record = asdict(reference)
    record["duration"] = record.pop("duration_s")  # the manifest's key
    return record


def _parse_reference(record: Record) -> Reference:
    fields = {**record, "duration_s": float(record["duration"]), "bias_words": tuple(record["bias_words"])}
    del fields["duration"]
    fields["context"] = tuple(ContextItem(**item) for item in record["context"])
    fields["dialogue"] = tuple(Turn(**turn) for turn in record["dialogue"])
    return Reference(**fields)


def _parse_recognized(record: Record) -> Recognized:
    arms = {arm: _parse_arm(fields) for arm, fields in record["arms"].items()}
    if WITHOUT_CONTEXT not in arms:
        raise KeyError(WITHOUT_CONTEXT)
    return Recognized(record["utterance_id"], float(record["encode_ms"]), arms)


def _parse_arm(fields: Record) -> ArmResult:
    if not isinstance(fields["text"], str):
        raise TypeError("a hypothesis is a string")
    numbers = {name: float(fields[name]) for name in ("avg_logprob", "no_speech_prob", "decode_ms")}
    reasons = tuple(map(str, fields.get("reasons", ())))  # runs of before had none
    return ArmResult(**{**fields, **numbers, "prompted": int(fields["prompted"]), "reasons": reasons})
