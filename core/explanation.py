"""Why context changed a word: the words that differ between the arms, and the context item that explains each."""

import string
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from core.context.bias import BiasList, Hotword
from core.dialogue import Turn
from core.speech.recognition import Recognition


@dataclass(frozen=True, slots=True)
class WordChange:
    """Words that read otherwise with context. `item` and `signal` are empty where no context item explains them."""

    was: str
    now: str
    item: str
    signal: str
    reason: str


def explain_changes(recognition: Recognition, bias: BiasList, before: Sequence[Turn]) -> tuple[WordChange, ...]:
    """Each run of words that context changed.

    Args:
        recognition: both arms.
        bias: the list that was decoded with.
        before: the turns that the utterance follows up.
    """
    prompted = {text.casefold() for text in recognition.prompted}
    hotwords = [hotword for hotword in bias.hotwords if hotword.text.casefold() in prompted]
    differing = find_changed_words(recognition.without_context.text, recognition.with_context.text)
    return tuple(_explain(was, now, hotwords, before) for was, now in differing)


def find_changed_words(without: str, with_context: str) -> list[tuple[str, str]]:
    """Pairs of what was written and what stands there now; case and punctuation do not count."""
    was, now = without.split(), with_context.split()
    matcher = SequenceMatcher(None, fold_words(was), fold_words(now), autojunk=False)
    return [
        (" ".join(was[start:end]), " ".join(now[new_start:new_end]))
        for tag, start, end, new_start, new_end in matcher.get_opcodes()
        if tag != "equal"
    ]


def fold_words(words: Sequence[str]) -> list[str]:
    """The words without case and without punctuation around them."""
    return [word.casefold().strip(string.punctuation) for word in words]


def _explain(was: str, now: str, hotwords: Sequence[Hotword], before: Sequence[Turn]) -> WordChange:
    said = set(fold_words(now.split()))
    hotword = next((one for one in hotwords if said & set(fold_words(one.text.split()))), None)
    if hotword is None:
        return WordChange(was, now, "", "", "no item of the context holds these words")
    asked = any(turn.speaker == "assistant" and hotword.item.text in turn.text for turn in before)
    reason = "asked in the last turn" if asked else "given with the last turn"
    return WordChange(was, now, hotword.item.text, hotword.item.signal, reason)
