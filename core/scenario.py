"""The shipped dialogues: recorded clips that are played through the whole system, turn by turn, in real time.

`python -m core.scenario` plays each and keeps the snapshot that the app shows before any model is loaded.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.conversation import Conversation, TurnResult, load_parts
from core.errors import DataFileError, ProjectError
from core.settings import ROOT, Settings
from core.snapshot import take_snapshot, write_snapshot
from core.speech.audio import read_clip

SHIPPED = ROOT / "data" / "scenarios"
SNAPSHOT_NAME = "snapshot.json"


@dataclass(frozen=True, slots=True)
class ScenarioTurn:
    """One recorded utterance and what is said in it."""

    audio: Path
    reference: str


@dataclass(frozen=True, slots=True)
class Scenario:
    """A dialogue whose user turns are recorded."""

    title: str
    turns: tuple[ScenarioTurn, ...]
    snapshot_path: Path


def load_scenarios(folder: Path = SHIPPED) -> tuple[Scenario, ...]:
    """All folders in `folder` that hold a scenario.json, by their names.

    Raises:
        DataFileError: one of them cannot be used.
    """
    return tuple(load_scenario(path.parent) for path in sorted(folder.glob("*/scenario.json")))


def load_scenario(folder: Path) -> Scenario:
    """Read one scenario.json: `{"title": str, "turns": [{"audio": str, "text": str}, …]}`.

    Raises:
        DataFileError: the file is missing or malformed, or names a clip that is not there.
    """
    place = f"{folder.name}/scenario.json"
    try:
        fields: dict[str, Any] = json.loads((folder / "scenario.json").read_text(encoding="utf-8"))
        turns = tuple(ScenarioTurn(folder / turn["audio"], str(turn["text"])) for turn in fields["turns"])
        scenario = Scenario(str(fields["title"]), turns, folder / SNAPSHOT_NAME)
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
    for turn in scenario.turns:
        result = conversation.hear(read_clip(turn.audio))
        yield result, turn.reference
        if result.speech is not None:
            listen(result.speech.duration_s)


def main() -> int:
    """Play every scenario with the present settings, and write its snapshot beside it."""
    argparse.ArgumentParser(prog="python -m core.scenario", description=main.__doc__).parse_args()
    settings = Settings.from_env()
    parts = load_parts(settings)
    try:
        parts.context.wait_until_loaded(timeout_s=120)
        for scenario in load_scenarios():
            conversation = Conversation(parts)
            results = list(play(conversation, scenario))
            write_snapshot(take_snapshot(conversation, results), scenario.snapshot_path)
            conversation.close()
            print(f"{scenario.title}: {scenario.snapshot_path.name} written")
    finally:
        parts.close()
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except ProjectError as error:
        sys.exit(f"error: {error}")
