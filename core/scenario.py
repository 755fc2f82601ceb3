"""The shipped dialogues: recorded clips that are played through the whole system, turn by turn, in real time.

`python -m core.scenario` plays each and keeps what the app shows before any model is loaded: the snapshot, and the
dialogue with its spoken replies as one clip.
"""

import argparse
import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import soundfile as sf

from core.command import run_command
from core.conversation import Conversation, Parts, TurnResult, load_parts
from core.errors import DataFileError
from core.settings import ROOT, Settings
from core.snapshot import Snapshot, count_rows, take_snapshot, write_snapshot
from core.speech.audio import SAMPLE_RATE, Samples, decode_clip, read_clip

SHIPPED = ROOT / "data" / "scenarios"
SNAPSHOT_NAME = "snapshot.json"
DIALOGUE_NAME = "dialogue.flac"
PAUSE_S = 0.3  # between two turns


@dataclass(frozen=True, slots=True)
class ScenarioTurn:
    """One recorded utterance and what is said in it."""

    audio: Path
    reference: str


@dataclass(frozen=True, slots=True)
class Scenario:
    """A dialogue whose user turns are recorded.

    screen: the list that the device shows. anchored: whether only the voice that says the wake word counts.
    """

    title: str
    turns: tuple[ScenarioTurn, ...]
    folder: Path
    screen: tuple[str, ...] = ()
    anchored: bool = False

    @property
    def snapshot_path(self) -> Path:
        """What the system made of it."""
        return self.folder / SNAPSHOT_NAME

    @property
    def dialogue_path(self) -> Path:
        """All turns and spoken replies as one clip."""
        return self.folder / DIALOGUE_NAME


def load_scenarios(folder: Path = SHIPPED) -> tuple[Scenario, ...]:
    """All folders in `folder` that hold a scenario.json, by their names.

    Raises:
        DataFileError: one of them cannot be used.
    """
    return tuple(load_scenario(path.parent) for path in sorted(folder.glob("*/scenario.json")))


def load_scenario(folder: Path) -> Scenario:
    """Read one scenario.json: `{"title": str, "turns": [{"audio": str, "text": str}, …]}`, and where it is wanted
    `"screen": [str, …]` and `"anchored": true`.

    Raises:
        DataFileError: the file is missing or malformed, or names a clip that is not there.
    """
    place = f"{folder.name}/scenario.json"
    try:
        fields: dict[str, Any] = json.loads((folder / "scenario.json").read_text(encoding="utf-8"))
        turns = tuple(ScenarioTurn(folder / turn["audio"], str(turn["text"])) for turn in fields["turns"])
        screen = tuple(map(str, fields.get("screen", ())))
        scenario = Scenario(str(fields["title"]), turns, folder, screen, bool(fields.get("anchored", False)))
    except (OSError, ValueError) as exc:
        raise DataFileError(f"{place} cannot be read as JSON.") from exc
    except (KeyError, TypeError) as exc:
        raise DataFileError(f'{place} needs "title" and "turns", each turn "audio" and "text".') from exc
    missing = [turn.audio.name for turn in turns if not turn.audio.is_file()]
    if missing or not turns:
        raise DataFileError(f"{place} names {missing[0] if missing else 'no clips'}; put the clip beside it.")
    return scenario


def play(
    conversation: Conversation, scenario: Scenario, listen: Callable[[float], None] = time.sleep
) -> Iterator[tuple[TurnResult, str]]:
    """Hear the clips one after another, each once the reply before it has been spoken.

    Args:
        conversation: a fresh one.
        scenario: what is said.
        listen: spends the reply's duration, in seconds.
    """
    conversation.show(scenario.screen)
    for turn in scenario.turns:
        result = conversation.hear(read_clip(turn.audio), anchored=scenario.anchored)
        yield result, turn.reference
        if result.speech is not None:
            listen(result.speech.duration_s)


def join_dialogue(scenario: Scenario, results: Sequence[TurnResult]) -> Samples:
    """What was said by both, in order: float32, mono, 16 kHz, shape (samples,)."""
    pause = np.zeros(round(PAUSE_S * SAMPLE_RATE), np.float32)
    parts: list[Samples] = []
    for turn, result in zip(scenario.turns, results, strict=True):
        parts += [read_clip(turn.audio).samples, pause]
        if result.speech is not None:
            parts += [decode_clip(result.speech.wav).samples, pause]
    return np.concatenate(parts)


def keep_results(parts: Parts, scenario: Scenario) -> Snapshot:
    """Play one dialogue, keep what came of it beside its clips, forget it, and count what is left."""
    conversation = Conversation(parts)
    results = list(play(conversation, scenario))
    snapshot = take_snapshot(conversation, results)
    conversation.close()
    snapshot = replace(snapshot, after_forgetting=count_rows(parts.vault.store, snapshot))
    write_snapshot(snapshot, scenario.snapshot_path)
    samples = join_dialogue(scenario, [result for result, _ in results])
    sf.write(scenario.dialogue_path, samples, SAMPLE_RATE, subtype="PCM_16", format="FLAC")
    return snapshot


def main() -> int:
    """Play every dialogue with the present settings, and keep what comes of it beside it."""
    argparse.ArgumentParser(prog="python -m core.scenario", description=main.__doc__).parse_args()
    parts = load_parts(Settings.from_env())
    try:
        parts.context.wait_until_prepared(timeout_s=120)
        for scenario in load_scenarios():
            heard = [turn.with_context for turn in keep_results(parts, scenario).turns]
            print(f"{scenario.title}: {' '.join(heard)}")
    finally:
        parts.close()
    return 0


if __name__ == "__main__":
    run_command(main)
