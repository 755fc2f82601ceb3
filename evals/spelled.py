"""`python -m evals.spelled --manifest FILE --out DIR`: a set whose names are spelled, as who is not understood does.

Each answer of the set that holds a name in a short list is said again by the same voice, only the name's last word and
that letter by letter, without noise. The items are the same, and none of them is spelled. What context is worth there,
and whether other dialogues' items mislead: run the set with `evals.run --arms with_context,placebo`.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from core.command import run_command
from core.speech.spelling import LEAST_LETTERS
from evals.corpus.clips import speak
from evals.corpus.noise import Samples
from evals.corpus.texts import Split
from evals.derived import run_maker, write_spoken
from evals.manifest import Utterance, read_manifest

SEPARATORS = (", ", "-")  # said slowly, and at a stretch


def make_set(manifest: Path, split: Split, out: Path) -> int:
    """Write the set; returns how many utterances it has.

    Raises:
        ManifestError: the set cannot be used.
        ModelError: a voice is missing.
        RunError: `out` is there already or cannot be written.
    """
    spelled = [_spell(one) for one in _choose(read_manifest(manifest), split)]
    return write_spoken(spelled, _say, out)


def _choose(utterances: Sequence[Utterance], split: Split) -> Iterator[Utterance]:
    """One answer for each name of a dialogue."""
    done: set[tuple[str, str]] = set()
    for one in utterances:
        if one.kind == "positive" and one.slices["split"] == split and one.slices["list_size"] == "small":
            name = one.bias_words[-1]
            if name.isascii() and name.isalpha() and len(name) >= LEAST_LETTERS and (one.dialogue_id, name) not in done:
                done.add((one.dialogue_id, name))
                yield one


def _spell(one: Utterance) -> Utterance:
    letters = "-".join(one.bias_words[-1].upper())
    slices = {key: value for key, value in one.slices.items() if key != "snr_db"}
    return replace(
        one,
        audio_filepath=f"{one.utterance_id}.flac",
        text=f"{letters}.",
        bias_words=tuple(letters.split("-")),
        slices={**slices, "noise": "none", "form": "spelled"},
    )


def _say(one: Utterance) -> Samples:
    return speak(one.speaker, _draw_separator(one).join(one.text.rstrip(".").split("-")) + ".")


def _draw_separator(one: Utterance) -> str:
    return random.Random(one.utterance_id).choice(SEPARATORS)  # noqa: S311 - no secret


def main(arguments: list[str] | None = None) -> int:
    """Make the set; returns the exit status."""
    return run_maker(make_set, "evals.spelled", __doc__ or "", arguments)


if __name__ == "__main__":
    run_command(main)
