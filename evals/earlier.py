"""`python -m evals.earlier --manifest FILE --out DIR`: a set whose answers belong to the round before the last.

Between question and answer one more round about something else is put, and the services' items are taken away: what was
named is known from earlier replies alone (the signal `earlier_turns`). Answers that were not read out in the question
stay out. What the signal is worth, with intervals: run the set with `evals.run --arms with_context,placebo`.
"""

import json
import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from core.command import run_command
from core.context.signals import name_spans
from core.dialogue import Turn
from core.speech.words import spoken_words
from evals.corpus.texts import Split, read_texts
from evals.derived import run_maker
from evals.experiment import link_clip, make_new_folder
from evals.manifest import MANIFEST, Utterance, read_manifest
from evals.results import Record, Reference, describe_reference

KINDS = ("positive", "anti", "sound_alike")


def make_set(manifest: Path, split: Split, out: Path) -> int:
    """Write the set; returns how many utterances it has.

    Raises:
        ManifestError: the set cannot be used.
        RunError: `out` is there already or cannot be written.
    """
    fitting = [one for one in read_manifest(manifest) if _fits(one, split)]
    rounds = [(request, reply) for request, reply, _ in read_texts(split, "rounds")["topics"]]
    make_new_folder(out)
    for path, relative in {(one.audio_path, one.audio_filepath) for one in fitting}:
        link_clip(path, out / relative)
    lines = (json.dumps(_describe(one, rounds), ensure_ascii=False) for one in fitting)
    (out / MANIFEST).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return len(fitting)


def _fits(one: Utterance, split: str) -> bool:
    """Whether the question read out what is said; where nothing of the context is said, whether it named anything."""
    if one.slices.get("split") != split or one.slices.get("list_size", "small") != "small" or one.kind not in KINDS:
        return False
    named = set(_named_words(one.dialogue))
    words = {word for text in one.bias_words for word in spoken_words(text)}
    return bool(named) and words <= named


def _named_words(dialogue: tuple[Turn, ...]) -> Iterator[str]:
    for turn in dialogue:
        if turn.speaker == "assistant":
            yield from (word for span in name_spans(turn.text) for word in spoken_words(span))


def _describe(one: Utterance, rounds: list[tuple[str, str]]) -> Record:
    request, reply = random.Random(one.utterance_id).choice(rounds)  # noqa: S311 - no secret
    turns = (*one.dialogue, Turn("user", request), Turn("assistant", reply))
    return describe_reference(Reference.of(replace(one, dialogue=turns, context=())))


def main(arguments: list[str] | None = None) -> int:
    """Make the set; returns the exit status."""
    return run_maker(make_set, "evals.earlier", __doc__ or "", arguments)


if __name__ == "__main__":
    run_command(main)
