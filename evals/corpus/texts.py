"""The words of the corpus: a dialogue, its follow-ups, and how each of them is spoken."""

import tomllib
from dataclasses import dataclass
from typing import Any, Literal, get_args

from core.dialogue import ContextItem, Turn
from core.errors import DataFileError
from core.settings import ROOT
from evals.manifest import Kind

TEXTS_DIR = ROOT / "evals" / "corpus" / "texts"

Split = Literal["dev", "test"]
SPLITS: tuple[Split, ...] = get_args(Split)
Form = Literal["short", "full", "sentence", "ordinal"]
Noise = Literal["none", "pink", "babble", "silence", "white", "music"]


@dataclass(frozen=True, slots=True)
class FollowUp:
    """One answer and how it is spoken.

    say: the text; empty where nobody speaks.
    entity: the context item that is named; only in a `positive` one. `form` says how: "short" is one word of the name,
        "full" the whole of a longer name, "sentence" the name with other words; "ordinal" names nothing.
    noise, snr_db: what is added, and how far below the voice; None for a clean clip.
    talkers: the voices that babble, where the noise is babble.
    duration_s, level_dbfs: of a clip in which nobody speaks.
    homophone: whether a `sound_alike` one sounds exactly like a name of its context; None for all others.
    clip: the follow-up whose clip this is; another one's where only the context differs.
    """

    id: str
    kind: Kind
    seed: int
    say: str = ""
    entity: str = ""
    form: Form | None = None
    voice: str = ""
    speed: float = 1.0
    noise: Noise = "none"
    snr_db: float | None = None
    talkers: tuple[str, ...] = ()
    duration_s: float = 0.0
    level_dbfs: float = 0.0
    homophone: bool | None = None
    clip: str = ""

    @property
    def bias_words(self) -> list[str]:
        """The words of `say` that belong to the entity, without punctuation."""
        of_entity = {word.casefold() for word in split_words(self.entity)}
        return [word for word in split_words(self.say) if word.casefold() in of_entity]

    @property
    def clip_id(self) -> str:
        """Which clip is played: its own, unless it borrows one."""
        return self.clip or self.id


@dataclass(frozen=True, slots=True)
class Dialogue:
    """The turns before the answer, what may be said next, and the answers."""

    id: str
    split: Split
    turns: tuple[Turn, Turn]
    context: tuple[ContextItem, ...]
    follow_ups: tuple[FollowUp, ...]


def split_words(text: str) -> list[str]:
    """The words of a text without the punctuation around them."""
    return [word for word in (raw.strip(".,?!:") for raw in text.split()) if word]


def read_texts(split: Split, stem: str) -> dict[str, Any]:
    """One of the files that the texts are made from.

    Raises:
        DataFileError: it cannot be read or is no TOML.
    """
    path = TEXTS_DIR / split / f"{stem}.toml"
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as exc:
        raise DataFileError(f"{split}/{path.name} cannot be read as TOML ({type(exc).__name__}).") from exc
