"""The bias list: hotwords in the order of their worth. The recogniser takes from its head what fits its prompt."""

from collections.abc import Iterable
from dataclasses import dataclass

from core.dialogue import ContextItem


@dataclass(frozen=True, slots=True)
class Hotword:
    """A term the next utterance may hold, the item it came from, how well the item fits the dialogue (cosine), and the
    ways to say it (`core.speech.phonetics.pronounce`).
    """

    text: str
    item: ContextItem
    score: float
    sounds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BiasList:
    """Hotwords, best first, no text twice."""

    hotwords: tuple[Hotword, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.hotwords)

    def __len__(self) -> int:
        return len(self.hotwords)


EMPTY = BiasList()


def build_bias_list(scored: Iterable[tuple[ContextItem, float]]) -> BiasList:
    """Rank items by score. Ties are broken by the text, so the order of the input never matters.

    Args:
        scored: items with their cosine to the context vector.
    """
    hotwords = (Hotword(" ".join(item.text.split()), item, score) for item, score in scored)
    unique: dict[str, Hotword] = {}
    for hotword in sorted(hotwords, key=_rank):
        if hotword.text:
            unique.setdefault(hotword.text.casefold(), hotword)
    return BiasList(tuple(unique.values()))


def _rank(hotword: Hotword) -> tuple[float, str, str, str, str]:
    return -hotword.score, hotword.text.casefold(), hotword.text, hotword.item.text, hotword.item.signal
