"""`python -m evals.corpus.scenario`: rebuild the clips of the shipped dialogues.

All begin with "Call Meg." and are answered by one voice, so that only the answer differs. tiny.en writes "Bauer." as
"Power." without context and as "Bauer." with it; "Power." must stay what it is; and a name that no list holds shows
what context cannot do. The voice is Flite's slt, not the assistant's own, so that the two speakers are told apart.
"""

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path

from core.command import run_command
from core.errors import ProjectError
from core.models import file_sha256
from core.settings import ROOT
from evals.corpus.build import replace_folder
from evals.corpus.clips import speak, write_flac
from evals.corpus.records import Record, describe_source, describe_versions, write_json

VOICE = "flite/slt"
SPEED = 0.95  # here tiny.en keeps the widest margin between "Power." and "Bauer.", without context and with it
MADE_ELSEWHERE = ("snapshot.json", "dialogue.flac")  # from these clips, by `python -m core.scenario`


@dataclass(frozen=True, slots=True)
class Script:
    """A dialogue's title, and what the user says in it, turn by turn."""

    title: str
    turns: tuple[str, ...]

    @property
    def clips(self) -> dict[str, str]:
        """The text of each clip, by the clip's name."""
        return {f"turn_{number}.flac": text for number, text in enumerate(self.turns, start=1)}


CALL_MEG = Script("Call Meg", ("Call Meg.", "Bauer."))
SCRIPTS = {
    "call_meg": CALL_MEG,
    "name_not_known": Script("A name that nobody knows", ("Call Meg.", "Meg Thistlethwaite.")),
    "power_said": Script("An ordinary word that sounds like a name", ("Call Meg.", "Power.")),
}


def build_scenario(out: Path, script: Script = CALL_MEG) -> None:
    """Write the clips, `scenario.json` and `provenance.json`; what was computed from them stays beside them.

    Raises:
        ModelError: the voice is missing.
        RunError: the folder cannot be written to.
    """
    with replace_folder(out, keep=MADE_ELSEWHERE) as building:
        for name, text in script.clips.items():
            write_flac(building / name, speak(VOICE, text, speed=SPEED))
        turns = [{"audio": name, "text": text} for name, text in script.clips.items()]
        write_json(
            building / "scenario.json", {"title": script.title, "turns": turns, "source": describe_source(VOICE)}
        )
        write_json(building / "provenance.json", _describe_origin(building, script))


def _describe_origin(folder: Path, script: Script) -> Record:
    items = [
        {"audio": name, "say": text, "voice": VOICE, "speed": SPEED, "sha256": file_sha256(folder / name)}
        for name, text in script.clips.items()
    ]
    return {
        "command": "python -m evals.corpus.scenario",
        "source": describe_source(VOICE),
        "made_with": describe_versions(VOICE),
        "items": items,
    }


def main(arguments: list[str] | None = None) -> int:
    """Build the dialogues; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m evals.corpus.scenario", description="Rebuild the dialogues' clips."
    )
    parser.add_argument("--out", type=Path, default=ROOT / "data" / "scenarios", help="where their folders are written")
    out = parser.parse_args(arguments).out
    try:
        for name, script in SCRIPTS.items():
            build_scenario(out / name, script)
    except ProjectError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{len(SCRIPTS)} dialogues made in {out}")
    return 0


if __name__ == "__main__":
    run_command(main)
