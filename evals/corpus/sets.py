"""The shipped sets by name, as they are built into `data/`."""

import json
from collections.abc import Container, Iterable
from dataclasses import replace
from pathlib import Path

from core.errors import DataFileError
from evals.corpus.followups import read_followups
from evals.corpus.harm import read_harm
from evals.corpus.sizes import add_long_lists
from evals.corpus.texts import TEXTS_DIR, Dialogue

SETS = ("followups", "harm")
DROPPED_PATH = TEXTS_DIR / "dropped.json"


def read_set(name: str) -> list[Dialogue]:
    """All dialogues of a set without the dropped answers; those with long lists stand at the end.

    Raises:
        DataFileError: a text file is not as it should be.
    """
    if name == "followups":
        heard = drop(read_followups(), read_dropped())
        return [*heard, *add_long_lists(heard, "positive", {"contacts": 12, "devices": 4, "places": 6, "media": 6})]
    harm = read_harm()
    long_anti = add_long_lists(harm, "anti", {"contacts": 4, "devices": 1, "places": 1, "media": 1})
    return [*harm, *long_anti, *add_long_lists(harm, "sound_alike", {"contacts": 6})]


def drop(dialogues: Iterable[Dialogue], dropped: Container[str]) -> list[Dialogue]:
    """The dialogues without those answers."""
    return [replace(d, follow_ups=tuple(one for one in d.follow_ups if one.id not in dropped)) for d in dialogues]


def read_dropped(path: Path = DROPPED_PATH) -> dict[str, str]:
    """What `python -m evals.corpus.check` took out of `followups`, and why.

    Raises:
        DataFileError: the file cannot be read.
    """
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as exc:
        raise DataFileError(f"{path.name} cannot be read; run `python -m evals.corpus.check`.") from exc
