"""`python -m evals.nonstandard --out DIR`: a set of names that are said otherwise than they are written.

"Dr. Frost", "Hall & Oates", "Richard III" and "U2" hold what Sproat et al. 2001, "Normalization of non-standard words",
call by that name; of "Nightjar (Live)" less is said than is written. Each comes twice, without noise: alone, after a
question that offers it, and in a sentence, after a question that offers two others of its list. What context is worth
there: run the set with `evals.run --arms with_context,placebo`.
"""

import argparse
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from core.command import run_command
from core.dialogue import ContextItem, Turn
from evals.corpus.casting import VOICES, draw_seed
from evals.corpus.clips import speak
from evals.corpus.noise import Samples
from evals.corpus.texts import SPLITS, Split, read_texts, split_words
from evals.corpus.voices import open_voice
from evals.derived import tell_made, write_spoken
from evals.manifest import Utterance


class _Answer(NamedTuple):
    """An utterance, and what the voice is told to say."""

    utterance: Utterance
    said: str


def make_set(split: Split, out: Path) -> int:
    """Write the set; returns how many utterances it has.

    Raises:
        DataFileError: the texts cannot be read.
        ModelError: a voice is missing.
        RunError: `out` is there already or cannot be written.
    """
    answers = list(_list_answers(split))
    said = {answer.utterance.utterance_id: answer.said for answer in answers}

    def say(one: Utterance) -> Samples:
        return speak(one.speaker, said[one.utterance_id], draw_seed(one.utterance_id))

    return write_spoken([answer.utterance for answer in answers], say, out)


def _list_answers(split: Split) -> Iterator[_Answer]:
    for number, record in enumerate(read_texts(split, "nonstandard")["list"], start=1):
        names = [written for written, *_ in record["names"]]
        for place, (written, said, *less) in enumerate(record["names"]):
            (heard,) = less or [written]
            dialogue_id = f"{split}-nonstandard-{number}-{place + 1}"
            next_two = [names[(place + step) % len(names)] for step in (1, 2)]
            for form, sentence, offered in (
                ("full", "{}", [written, next_two[0]]),
                ("sentence", record["sentence"], next_two),
            ):
                unspoken = _make_utterance(dialogue_id, form, split, record, offered)
                text, bias_words = _close(sentence.format(heard)), tuple(split_words(heard))
                yield _Answer(replace(unspoken, text=text, bias_words=bias_words), _close(sentence.format(said)))


def _make_utterance(
    dialogue_id: str, form: str, split: Split, record: Mapping[str, Any], offered: Sequence[str]
) -> Utterance:
    """An answer to a question that offers two names of the list, without its text; voice and order are drawn."""
    rng = random.Random(f"{dialogue_id} {form}")  # noqa: S311 - no secret
    question = record["assistant"].format(*rng.sample(offered, 2))
    (speaker,) = rng.choices(list(VOICES[split]), list(VOICES[split].values()))
    items = [ContextItem(record["signal"], written) for written, *_ in record["names"]]
    return Utterance(
        audio_path=Path(),
        audio_filepath=f"{dialogue_id}-{form}.flac",
        duration_s=0.0,
        text="",
        utterance_id=f"{dialogue_id}-{form}",
        dialogue_id=dialogue_id,
        speaker=speaker,
        kind="positive",
        dialogue=(Turn("user", record["user"]), Turn("assistant", question)),
        context=tuple(rng.sample(items, len(items))),
        bias_words=(),
        slices={"split": split, "signal": record["signal"], "list_size": "small", "noise": "none", "form": form},
        source=open_voice(speaker).facts.source,
    )


def _close(text: str) -> str:
    """With one full stop: a name may end with its own."""
    return f"{text.rstrip('.')}."


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the set; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m evals.nonstandard", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--split", choices=SPLITS, default="test", help="whose names and voices; default: test")
    parser.add_argument("--out", type=Path, required=True, help="folder to write, new")
    options = parser.parse_args(arguments)
    return tell_made(make_set(options.split, options.out), options.out)


if __name__ == "__main__":
    run_command(main)
