"""The set `harm`: turns in which context must change nothing."""

import itertools
import random
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

from core.dialogue import ContextItem, Turn
from core.errors import DataFileError
from evals.corpus.casting import VOICES, cast, draw_seed
from evals.corpus.followups import fill
from evals.corpus.names import draw_pair, draw_size, grow_context
from evals.corpus.texts import SPLITS, Dialogue, FollowUp, Split, read_texts
from evals.manifest import Kind

Record = Mapping[str, Any]
DURATIONS_S = (1.5, 2.0, 3.0, 4.0)
LEVELS_DBFS = (-50.0, -40.0, -30.0, -25.0)


def read_harm() -> list[Dialogue]:
    """All dialogues of the set, each with one follow-up.

    Raises:
        DataFileError: a file is not as it should be; the message names it.
    """
    makers = {
        "anti": _anti,
        "sound_alike": _sound_alike,
        "no_context": _no_context,
        "no_speech": _no_speech,
    }
    dialogues = []
    for split, (stem, make) in itertools.product(SPLITS, makers.items()):
        record = read_texts(split, stem)
        try:
            dialogues += list(make(record, split))
        except (KeyError, TypeError, ValueError, IndexError, AttributeError) as exc:
            raise DataFileError(f"{split}/{stem}.toml holds something that cannot be used ({exc!r}).") from exc
    return dialogues


def _anti(record: Record, split: Split) -> Iterator[Dialogue]:
    number = itertools.count(1)
    for template in record["template"]:
        for say in template["say"]:
            dialogue_id = f"{split}-anti-{next(number)}"
            pair = draw_pair(template["signal"], split, dialogue_id)
            yield _dialogue(template, split, dialogue_id, pair, _spoken(dialogue_id, "anti", split, say))


def _sound_alike(record: Record, split: Split) -> Iterator[Dialogue]:
    number = itertools.count(1)
    for template in record["template"]:
        told = [(*pair, False) for pair in template["pairs"]] + [(*pair, True) for pair in template["homophones"]]
        for name, say, homophone in told:
            dialogue_id = f"{split}-alike-{next(number)}"
            named = ContextItem(template["signal"], name)
            pair = (named, draw_pair(template["signal"], split, dialogue_id)[1])
            follow_up = _spoken(dialogue_id, "sound_alike", split, say, homophone)
            yield _dialogue(template, split, dialogue_id, pair, follow_up)


def _no_context(record: Record, split: Split) -> Iterator[Dialogue]:
    for number, (user, assistant, say) in enumerate(record["turns"], start=1):
        dialogue_id = f"{split}-plain-{number}"
        turns = (Turn("user", user), Turn("assistant", assistant))
        yield Dialogue(dialogue_id, split, turns, (), (_spoken(dialogue_id, "no_context", split, say),))


def _no_speech(record: Record, split: Split) -> Iterator[Dialogue]:
    templates = itertools.cycle(record["template"])
    for sound, count in record["clips"].items():
        for number in range(1, count + 1):
            template, dialogue_id = next(templates), f"{split}-{sound}-{number}"
            pair = draw_pair(template["signal"], split, dialogue_id)
            yield _dialogue(template, split, dialogue_id, pair, _unspoken(dialogue_id, sound, split))


def _dialogue(
    template: Record, split: Split, dialogue_id: str, pair: tuple[ContextItem, ContextItem], follow_up: FollowUp
) -> Dialogue:
    names = [item.text for item in pair]
    turns = (Turn("user", fill(template["user"], names)), Turn("assistant", fill(template["assistant"], names)))
    context = grow_context(pair, draw_size(2, dialogue_id), split, dialogue_id, said=follow_up.say)
    return Dialogue(dialogue_id, split, turns, context, (follow_up,))


def _spoken(dialogue_id: str, kind: Kind, split: Split, say: str, homophone: bool | None = None) -> FollowUp:
    role = cast(f"{dialogue_id}-1", split)
    return FollowUp(f"{dialogue_id}-1", kind, say=say, homophone=homophone, **asdict(role))


def _unspoken(dialogue_id: str, sound: Any, split: Split) -> FollowUp:
    rng = random.Random(dialogue_id)  # noqa: S311 - nothing secret
    return FollowUp(
        f"{dialogue_id}-1",
        "no_speech",
        seed=draw_seed(dialogue_id),
        noise=sound,
        duration_s=rng.choice(DURATIONS_S),
        level_dbfs=0.0 if sound == "silence" else rng.choice(LEVELS_DBFS),
        # Everybody twice: in so many voices no word can be made out.
        talkers=tuple(VOICES[split]) * 2 if sound == "babble" else (),
    )
