"""`python -m evals.unlisted --manifest FILE --out DIR`: a set of names that hibari's dictionaries lack.

Most voices of our sets say such names by hibari's rules, which no person does. Here each of these names comes once, as
the CMU Pronouncing Dictionary has it, by one of Kokoro's American speakers of the split, without noise, beside at most
seven items of a list on which it stands. Names that are in neither dictionary stay out. What context is worth there:
run the set with `evals.run --arms with_context,placebo`. The recogniser knows that dictionary, too.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from core.command import run_command
from core.dialogue import ContextItem
from core.speech.american_dictionary import look_up
from core.speech.arpabet import spell_phones
from core.speech.phonetics import is_listed
from core.speech.words import spoken_words
from evals.corpus import kokoro
from evals.corpus.casting import VOICES
from evals.corpus.clips import make_clean_clip
from evals.corpus.noise import Samples
from evals.corpus.texts import Split
from evals.corpus.voices import load_g2p
from evals.derived import run_maker, write_spoken
from evals.manifest import Utterance, read_manifest

MOST_ITEMS = 8


def make_set(manifest: Path, split: Split, out: Path) -> int:
    """Write the set; returns how many utterances it has.

    Raises:
        ManifestError: the set cannot be used.
        ModelError: the dictionary or a voice is missing.
        RunError: `out` is there already or cannot be written.
    """
    return write_spoken(list(_list_answers(read_manifest(manifest), split)), _say, out)


def _list_answers(utterances: Sequence[Utterance], split: Split) -> Iterator[Utterance]:
    """One answer for each name, to the question of the first dialogue whose list has it."""
    done: set[str] = set()
    for one in utterances:
        if one.kind == "positive" and one.slices["split"] == split:
            for item in one.context:
                words = spoken_words(item.text)
                unlisted = [word for word in words if not is_listed(word)]
                if unlisted and done.isdisjoint(unlisted) and all(map(look_up, unlisted)):
                    done.update(unlisted)
                    yield _answer(one, item, unlisted[0], split)


def _answer(one: Utterance, item: ContextItem, name: str, split: Split) -> Utterance:
    """Half of the answers give the whole item, the others the name alone."""
    rng = random.Random(f"{split} {name}")  # noqa: S311 - no secret
    others = [other for other in one.context if other is not item]
    around = [item, *rng.sample(others, min(MOST_ITEMS - 1, len(others)))]
    speaker = rng.choice([voice for voice in VOICES[split] if voice.startswith("kokoro/a")])
    written = next(word for word in item.text.split() if name in spoken_words(word)).strip(".,?!")
    return replace(
        one,
        utterance_id=f"{split}-{name}",
        audio_filepath=f"{split}-{name}.flac",
        text=f"{item.text if rng.random() < 0.5 else written}.",
        speaker=speaker,
        context=tuple(rng.sample(around, len(around))),
        bias_words=(written,),
        slices={"split": split, "signal": item.signal, "list_size": "small", "noise": "none", "form": "unlisted"},
        source=f"{speaker}, {kokoro.ORIGIN}, Apache-2.0; names as the CMU Pronouncing Dictionary 0.7b has them, BSD",
    )


def _say(one: Utterance) -> Samples:
    rules = load_g2p(british=False)
    words = (
        rules(word).strip() if is_listed(word) else spell_phones(look_up(word), stressed=True)
        for word in spoken_words(one.text)
    )
    styles = kokoro.load_styles(one.speaker.removeprefix("kokoro/"))
    return make_clean_clip(kokoro.speak(f"{' '.join(words)}.", styles, speed=1.0))


def main(arguments: list[str] | None = None) -> int:
    """Make the set; returns the exit status."""
    return run_maker(make_set, "evals.unlisted", __doc__ or "", arguments)


if __name__ == "__main__":
    run_command(main)
