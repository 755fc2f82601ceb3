"""Small sets and runs to test with."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from core.dialogue import ContextItem
from core.speech.recognition import DecodingOutcome
from evals.manifest import MANIFEST, Kind, Utterance
from evals.results import Arm, ArmResult, Recognized, Reference, append_recognized, write_json, write_references

Line = dict[str, Any]


def manifest_line(number: int = 1, **changes: Any) -> Line:
    line: Line = {
        "audio_filepath": f"audio/{number}.wav",
        "duration": 1.5,
        "text": "Bauer.",
        "utterance_id": f"u{number}",
        "dialogue_id": "d1",
        "speaker": "someone",
        "kind": "positive",
        "dialogue": [{"speaker": "user", "text": "Call Meg."}, {"speaker": "assistant", "text": "Jones or Bauer?"}],
        "context": [{"signal": "contacts", "text": "Meg Jones"}, {"signal": "contacts", "text": "Meg Bauer"}],
        "bias_words": ["Bauer"],
        "slices": {"snr_db": 10},
        "source": "made for a test",
    }
    return {key: value for key, value in {**line, **changes}.items() if value is not ...}


def write_set(folder: Path, lines: Sequence[Line]) -> Path:
    """A manifest in `folder`; audio files are there and empty unless they exist already."""
    for line in lines:
        audio = folder / str(line.get("audio_filepath", "x"))
        audio.parent.mkdir(parents=True, exist_ok=True)
        audio.touch()
    path = folder / "manifest.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return path


def write_excerpt(folder: Path, manifest: Path, lines: Sequence[str]) -> Path:
    """Some lines of a set that is there, as a set of its own over the same clips; returns its manifest."""
    (folder / "audio").symlink_to(manifest.parent / "audio")
    (folder / MANIFEST).write_text("\n".join(lines), encoding="utf-8")
    return folder / MANIFEST


def an_utterance(
    utterance_id: str, dialogue_id: str, text: str = "", kind: Kind = "positive", **changes: Any
) -> Utterance:
    """An utterance of a manifest, whose audio is nowhere."""
    fields = {"dialogue": (), "context": (), "bias_words": (), "slices": {}, **changes}
    audio = f"audio/{utterance_id}.wav"
    return Utterance(
        Path(audio), audio, 1.5, text, utterance_id, dialogue_id, "someone", kind, source="made for a test", **fields
    )


Arms = dict[Arm, ArmResult]


def recognition(without: str, with_: str, outcome: DecodingOutcome = "used", **others: str) -> Arms:
    """Both arms of an utterance, and others by their names."""
    with_arms = {"with_context": with_, **others}
    return {
        "without_context": ArmResult(without, -0.2, 0.1, 20.0, "empty", 0),
        **{arm: ArmResult(text, -0.1, 0.1, 30.0, outcome, 2) for arm, text in with_arms.items()},
    }


def reference(number: int, text: str, kind: Kind = "positive", dialogue_id: str = "d1", **changes: Any) -> Reference:
    """A reference; its context may be given as the texts of contacts."""
    fields = {"bias_words": (), "context": (), "slices": {}, "dialogue": (), **changes}
    fields["context"] = tuple(ContextItem("contacts", i) if isinstance(i, str) else i for i in fields["context"])
    place = {"audio_filepath": f"audio/{number}.wav", "duration_s": 1.5, "source": "made for a test"}
    return Reference(f"u{number}", dialogue_id, "someone", kind, text, **{**place, **fields})


def untimed(folder: Path) -> list[dict[str, Any]]:
    """The hypotheses of a run without the times, which no two runs share."""
    lines = (folder / "hypotheses.jsonl").read_text(encoding="utf-8")
    return [json.loads(line, object_hook=_without_times) for line in lines.split("\n")[:-1]]


def _without_times(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if not name.endswith("_ms")}


def write_finished_run(folder: Path, turns: Sequence[tuple[Reference, Arms]]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    write_json(folder / "run.json", {"set": "followups/manifest.jsonl", "model": "tiny.en", "seed": 7})
    write_references(folder, [reference for reference, _ in turns])
    for one, heard in turns:
        append_recognized(folder, Recognized(one.utterance_id, 100.0, heard))
    return folder
