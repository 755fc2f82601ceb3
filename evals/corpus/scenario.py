"""`python -m evals.corpus.scenario`: rebuild the clips of the shipped dialogues.

Three begin with "Call Meg." and are answered by one voice, so that only the answer differs. tiny.en writes "Bauer." as
"Power." without context and as "Bauer." with it; "Power." must stay what it is; and a name that no list holds shows
what context cannot do. In another, somebody else talks before the wake word; in the last, the device shows a list. The
voice is Flite's slt, not the assistant's own, so that the two speakers are told apart.
"""

import argparse
from dataclasses import dataclass
from pathlib import Path

from core.command import run_command
from core.models import file_sha256
from core.settings import ROOT
from evals.corpus.background import WAKE_WORD_S
from evals.corpus.build import replace_folder
from evals.corpus.clips import speak, write_flac
from evals.corpus.noise import Samples
from evals.corpus.records import Record, describe_source, describe_versions, write_json
from evals.mixing import mix_voices, trim

VOICE = "flite/slt"
OTHER_VOICE, OTHER_SNR_DB = "flite/rms", 5.0
SPEED = 0.95  # here tiny.en keeps the widest margin between "Power." and "Bauer.", without context and with it
MADE_ELSEWHERE = ("snapshot.json", "dialogue.flac")  # from these clips, by `python -m core.scenario`


@dataclass(frozen=True, slots=True)
class Script:
    """A dialogue's title, and what the user says in it, turn by turn.

    before: what somebody else says before the first turn. screen: the list that the device shows.
    """

    title: str
    turns: tuple[str, ...]
    before: str = ""
    screen: tuple[str, ...] = ()

    @property
    def clips(self) -> dict[str, str]:
        """The text of each clip, by the clip's name."""
        return {f"turn_{number}.flac": text for number, text in enumerate(self.turns, start=1)}


CALL_MEG = Script("Call Meg", ("Call Meg.", "Bauer."))
SCRIPTS = {
    "call_meg": CALL_MEG,
    "name_not_known": Script("A name that nobody knows", ("Call Meg.", "Meg Thistlethwaite.")),
    "other_voice": Script(
        "Somebody else is talking",
        ("Alexa, can you call Meg?", "Bauer."),
        before="And then the train was late again.",
    ),
    "power_said": Script("An ordinary word that sounds like a name", ("Call Meg.", "Power.")),
    "shown_list": Script(
        "A list on the screen",
        ("Show me Tamarack.", "The second one, please."),
        screen=("Saltwater Roasters", "The Blue Kettle", "Philomena's", "Tamarack Espresso Bar"),
    ),
}


def build_scenario(out: Path, script: Script = CALL_MEG) -> None:
    """Write the clips, `scenario.json` and `provenance.json`; what was computed from them stays beside them.

    Raises:
        ModelError: the voice is missing.
        RunError: the folder cannot be written to.
    """
    with replace_folder(out, keep=MADE_ELSEWHERE) as building:
        for number, (name, text) in enumerate(script.clips.items()):
            write_flac(building / name, _say(text, script.before if number == 0 else ""))
        write_json(building / "scenario.json", _describe(script))
        write_json(building / "provenance.json", _describe_origin(building, script))


def _say(text: str, before: str) -> Samples:
    said = speak(VOICE, text, speed=SPEED)
    if not before:
        return said
    return mix_voices(trim(said), trim(speak(OTHER_VOICE, before)), "before", OTHER_SNR_DB, WAKE_WORD_S).samples


def _describe(script: Script) -> Record:
    turns = [{"audio": name, "text": text} for name, text in script.clips.items()]
    described: Record = {"title": script.title, "turns": turns, "source": describe_source(VOICE)}
    if script.before:
        described["anchored"] = True
    if script.screen:
        described["screen"] = list(script.screen)
    return described


def _describe_origin(folder: Path, script: Script) -> Record:
    items: list[Record] = [
        {"audio": name, "say": text, "voice": VOICE, "speed": SPEED, "sha256": file_sha256(folder / name)}
        for name, text in script.clips.items()
    ]
    if script.before:
        items[0] |= {"other_say": script.before, "other_voice": OTHER_VOICE, "snr_db": OTHER_SNR_DB}
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
    for name, script in SCRIPTS.items():
        build_scenario(out / name, script)
    print(f"{len(SCRIPTS)} dialogues made in {out}")
    return 0


if __name__ == "__main__":
    run_command(main)
