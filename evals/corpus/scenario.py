"""`python -m evals.corpus.scenario`: rebuild the two clips of the shipped example, "Call Meg." and "Bauer.".

The voice is Flite's slt, not the assistant's own, so that the two speakers are told apart. tiny.en writes the second
clip as "Power." without context and as "Bauer." with it.
"""

import argparse
import sys
from pathlib import Path

from core.errors import ProjectError
from core.models import file_sha256
from core.settings import ROOT
from evals.corpus.build import replace_folder
from evals.corpus.clips import speak, write_flac
from evals.corpus.records import Record, describe_source, describe_versions, write_json

VOICE = "flite/slt"
SPEED = 0.95  # here tiny.en keeps the widest margin between "Power." and "Bauer.", without context and with it
TITLE = "Call Meg"
SNAPSHOT = "snapshot.json"  # made from these clips by `python -m core.scenario`
TURNS = {"turn_1.flac": "Call Meg.", "turn_2.flac": "Bauer."}


def build_scenario(out: Path) -> None:
    """Write `turn_1.flac`, `turn_2.flac`, `scenario.json` and `provenance.json`; a snapshot beside them stays.

    Raises:
        ModelError: the voice is missing.
        RunError: the folder cannot be written to.
    """
    with replace_folder(out, keep=(SNAPSHOT,)) as building:
        for name, text in TURNS.items():
            write_flac(building / name, speak(VOICE, text, speed=SPEED))
        turns = [{"audio": name, "text": text} for name, text in TURNS.items()]
        write_json(building / "scenario.json", {"title": TITLE, "turns": turns, "source": describe_source(VOICE)})
        write_json(building / "provenance.json", _describe_origin(building))


def _describe_origin(folder: Path) -> Record:
    items = [
        {"audio": name, "say": text, "voice": VOICE, "speed": SPEED, "sha256": file_sha256(folder / name)}
        for name, text in TURNS.items()
    ]
    return {
        "command": "python -m evals.corpus.scenario",
        "source": describe_source(VOICE),
        "made_with": describe_versions(VOICE),
        "items": items,
    }


def main(arguments: list[str] | None = None) -> int:
    """Build the scenario; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m evals.corpus.scenario", description="Rebuild the example's clips.")
    parser.add_argument("--out", type=Path, default=ROOT / "data" / "scenarios" / "call_meg", help="folder to write")
    out = parser.parse_args(arguments).out
    try:
        build_scenario(out)
    except ProjectError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{len(TURNS)} clips made in {out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
