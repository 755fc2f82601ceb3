"""What is said in the shipped corpus: the dialogues under `dialogues/`, written by hand for this project.

A dialogue is a request, the assistant's question, the context given with the answer, and one or more answers
("follow-ups"). No two dialogues share a word of their context, so that resampling dialogues resamples names.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from core.dialogue import ContextItem, Turn
from core.errors import DataFileError
from evals.manifest import Kind

DIALOGUES_DIR = Path(__file__).parent / "dialogues"

Form = Literal["short", "full", "sentence"]
Noise = Literal["none", "pink", "silence"]


@dataclass(frozen=True, slots=True)
class FollowUp:
    """One answer and how it is spoken.

    say: the text; empty where nobody speaks.
    entity: the context item that is named; only in a `positive` one. `form` says how: "short" is one word of the name,
        "full" the whole of a longer name, "sentence" the name with other words.
    snr_db: pink noise is added that far below the voice; None for a clean clip.
    duration_s, level_dbfs: of a clip in which nobody speaks; its noise is "pink" or "silence".
    dropped: why this answer is left out of the set; empty for the others.
    """

    id: str
    kind: Kind
    seed: int
    say: str = ""
    entity: str = ""
    form: Form | None = None
    voice: str = ""
    speed: float = 1.0
    snr_db: float | None = None
    noise: Noise = "none"
    duration_s: float = 0.0
    level_dbfs: float = 0.0
    dropped: str = ""

    @property
    def bias_words(self) -> list[str]:
        """The words of `say` that belong to the entity, without punctuation."""
        of_entity = {word.casefold() for word in split_words(self.entity)}
        return [word for word in split_words(self.say) if word.casefold() in of_entity]


@dataclass(frozen=True, slots=True)
class Dialogue:
    """The turns before the answer, what may be said next, and the answers."""

    id: str
    turns: tuple[Turn, Turn]
    context: tuple[ContextItem, ...]
    follow_ups: tuple[FollowUp, ...]


def split_words(text: str) -> list[str]:
    """The words of a text without the punctuation around them."""
    return [word for word in (raw.strip(".,?!") for raw in text.split()) if word]


def read_dialogues(folder: Path = DIALOGUES_DIR) -> tuple[Dialogue, ...]:
    """All dialogues of all files of the folder, files by name.

    Raises:
        DataFileError: a file cannot be read or a dialogue is not as it should be; the message names the file.
    """
    dialogues = tuple(dialogue for path in sorted(folder.glob("*.toml")) for dialogue in _read_file(path))
    if not dialogues:
        raise DataFileError(f"{folder} holds no dialogues.")
    return dialogues


def _read_file(path: Path) -> list[Dialogue]:
    try:
        return [_dialogue(record) for record in tomllib.loads(path.read_text(encoding="utf-8"))["dialogue"]]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as exc:
        raise DataFileError(f"{path.name} holds a dialogue that cannot be used ({type(exc).__name__}).") from exc


def _dialogue(record: Mapping[str, Any]) -> Dialogue:
    turns = (Turn("user", record["user"]), Turn("assistant", record["assistant"]))
    context = tuple(ContextItem(signal, text) for signal, texts in record.get("context", {}).items() for text in texts)
    follow_ups = tuple(
        FollowUp(id=f"{record['id']}-{number}", **fields) for number, fields in enumerate(record["follow_ups"], start=1)
    )
    return Dialogue(record["id"], turns, context, follow_ups)
