"""Small sets and runs to test with."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from core.speech.recognition import DecodingOutcome, Hypothesis, Recognition
from evals.manifest import Kind
from evals.results import Reference, append_recognition, write_json, write_references

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


def recognition(without: str, with_: str, outcome: DecodingOutcome = "used") -> Recognition:
    return Recognition(
        Hypothesis(without, -0.2, 0.1, 20.0), Hypothesis(with_, -0.1, 0.1, 30.0), outcome, ("Meg", "Tom"), 100.0
    )


def reference(number: int, text: str, kind: Kind = "positive", dialogue_id: str = "d1", **changes: Any) -> Reference:
    fields = {"bias_words": (), "context": (), "slices": {}, **changes}
    return Reference(f"u{number}", dialogue_id, "someone", kind, text, **fields)


def write_finished_run(folder: Path, turns: Sequence[tuple[Reference, Recognition]]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    write_json(folder / "run.json", {"set": "followups/manifest.jsonl", "model": "tiny.en", "seed": 7})
    write_references(folder, [reference for reference, _ in turns])
    for one, heard in turns:
        append_recognition(folder, one.utterance_id, heard)
    return folder
