"""`python -m evals.corpus.check`: find the answers of which no recogniser can be expected to hear the name.

A voice may say a name so that nobody recognises it. Each positive answer is recognised by stock faster-whisper with the
right name alone in its prompt (an "oracle"); where even then a word of the name is missing, it is left out of the set.
The project's own recogniser would choose what it is measured with, and it proposes a lone name itself. The check hears
the voice without noise, so that the noise does not choose its own easy answers.

The list is committed: building the sets needs no recogniser.
"""

import argparse
from collections.abc import Iterable
from pathlib import Path

from tqdm import tqdm

from core.command import run_command
from core.output import check_output
from core.speech.words import spoken_words
from evals.corpus.clips import speak
from evals.corpus.followups import read_followups
from evals.corpus.records import write_json
from evals.corpus.sets import DROPPED_PATH
from evals.corpus.texts import Dialogue, FollowUp
from evals.stock import StockWhisper

MODEL = "base"
THREADS = 2


def find_unheard(dialogues: Iterable[Dialogue], stock: StockWhisper) -> dict[str, str]:
    """The ids of the positive answers whose name is not heard, and what was heard.

    Raises:
        ModelError: a voice is missing.
    """
    positive = [one for dialogue in dialogues for one in dialogue.follow_ups if one.kind == "positive"]
    heard = {one.id: _transcribe(one, stock) for one in tqdm(positive, unit="clip", disable=None)}
    unheard = [one.id for one in positive if not hears(heard[one.id], one)]
    return {id_: f"{stock.name} with the name in its prompt hears: {heard[id_]}" for id_ in unheard}


def hears(text: str, answer: FollowUp) -> bool:
    """Whether all words of the answer's name are in the text."""
    said = spoken_words(" ".join(answer.bias_words))
    return set(said) <= set(spoken_words(text))


def _transcribe(answer: FollowUp, stock: StockWhisper) -> str:
    return stock.transcribe(speak(answer.voice, answer.say, answer.seed, answer.speed), hotwords=answer.entity)


def main(arguments: list[str] | None = None) -> int:
    """Write the list of what is to be left out of `followups`; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m evals.corpus.check", description="Drop answers nobody can hear.")
    parser.add_argument("--out", type=Path, default=DROPPED_PATH, help="the list to write")
    out: Path = parser.parse_args(arguments).out
    check_output(out)
    unheard = find_unheard(read_followups(), StockWhisper(MODEL, THREADS))
    write_json(out, unheard)
    print(f"{len(unheard)} answers are dropped")
    return 0


if __name__ == "__main__":
    run_command(main)
