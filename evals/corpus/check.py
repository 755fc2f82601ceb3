"""`python -m evals.corpus.check`: find the answers of which no recogniser can be expected to hear the name.

A voice may say a name so that nobody recognises it. Each positive answer is recognised with the right name alone as
its context (an "oracle" prompt); where even then a word of the name is missing, it is left out of the set. The check
hears the voice without noise, so that the noise does not choose its own easy answers.

The list is committed: building the sets needs no recogniser.
"""

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path

from tqdm import tqdm

from core.context.bias import BiasList, Hotword
from core.dialogue import ContextItem
from core.errors import ProjectError
from core.speech.audio import Clip
from core.speech.recognizer import Recognizer
from core.speech.words import spoken_words
from evals.corpus.clips import speak
from evals.corpus.followups import read_followups
from evals.corpus.records import write_json
from evals.corpus.sets import DROPPED_PATH
from evals.corpus.texts import Dialogue, FollowUp

MODEL = "base"
THREADS = 2


def find_unheard(dialogues: Iterable[Dialogue], recognizer: Recognizer) -> dict[str, str]:
    """The ids of the positive answers whose name is not heard, and what was heard.

    Raises:
        ModelError: a voice is missing.
    """
    positive = [one for dialogue in dialogues for one in dialogue.follow_ups if one.kind == "positive"]
    heard = {one.id: _recognize(one, recognizer) for one in tqdm(positive, unit="clip", disable=None)}
    reason = f"{recognizer.model_name} with the name as its context hears"
    return {one.id: f"{reason}: {heard[one.id]}" for one in positive if not hears(heard[one.id], one)}


def hears(text: str, answer: FollowUp) -> bool:
    """Whether all words of the answer's name are in the text."""
    said = spoken_words(" ".join(answer.bias_words))
    return set(said) <= set(spoken_words(text))


def _recognize(answer: FollowUp, recognizer: Recognizer) -> str:
    clip = Clip(speak(answer.voice, answer.say, answer.seed, answer.speed))
    oracle = BiasList((Hotword(answer.entity, ContextItem("list", answer.entity), score=1.0),))
    return recognizer.recognize(clip, oracle).text


def main(arguments: list[str] | None = None) -> int:
    """Write the list of what is to be left out of `followups`; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m evals.corpus.check", description="Drop answers nobody can hear.")
    parser.add_argument("--out", type=Path, default=DROPPED_PATH, help="the list to write")
    out = parser.parse_args(arguments).out
    try:
        unheard = find_unheard(read_followups(), Recognizer.load(MODEL, THREADS))
        write_json(out, unheard)
    except ProjectError as error:
        print(error, file=sys.stderr)
        return 1
    except OSError:
        print(f"{out} cannot be written.", file=sys.stderr)
        return 1
    print(f"{len(unheard)} answers are dropped")
    return 0


if __name__ == "__main__":
    sys.exit(main())
