"""Why context changed a word, as plain values that a page can show and a file can keep."""

import string
from collections.abc import Sequence
from dataclasses import dataclass

from core.speech.recognition import Change, Recognition

REASONS: dict[str, str] = {
    "screen": "shown on the device",
    "earlier_turns": "said in an earlier reply",
}
"""Why an item of these signals was there, where that isn't that the turn before gave it."""


@dataclass(frozen=True, slots=True)
class WordChange:
    """Words that read otherwise with context. `item` and `signal` are empty where no context item explains them."""

    was: str
    now: str
    item: str
    signal: str
    reason: str


def explain_changes(recognition: Recognition) -> tuple[WordChange, ...]:
    """Each run of words that context changed, in the order of the text."""
    return tuple(map(_explain, recognition.changes))


def _explain(change: Change) -> WordChange:
    if change.hotword is None:
        return WordChange(change.was, change.now, "", "", "no item of the context holds these words")
    item = change.hotword.item
    told = REASONS.get(item.signal, "given with the last turn")
    reason = "asked in the last turn" if change.hotword.named else told
    return WordChange(change.was, change.now, item.text, item.signal, reason)


def fold_words(words: Sequence[str]) -> list[str]:
    """The words without case and without punctuation around them."""
    return [word.casefold().strip(string.punctuation) for word in words]
