"""The bias list: what may be said next, in the order of its worth, ready for the recogniser to look through."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from core.dialogue import ContextItem
from core.speech.phonetics import pronounce

Pronounce = Callable[[str], tuple[str, ...]]
"""Text to the ways to say it, see `core.speech.phonetics.pronounce`."""


@dataclass(frozen=True, slots=True)
class Hotword:
    """A term the next utterance may hold.

    item: where it came from.
    score: how well it and its class fit the dialogue, see `core.context.ranking`.
    named: whether the assistant has just said it, as in "Do you mean Meg Jones or Meg Bauer?".
    sounds: the ways to say it, see `core.speech.phonetics.pronounce`.
    """

    text: str
    item: ContextItem
    score: float
    named: bool = False
    sounds: tuple[str, ...] = ()

    @property
    def named_at_all(self) -> bool:
        """Whether the assistant has said it in this dialogue: just now or, where no service knows it, earlier."""
        return self.named or self.item.signal == "earlier_turns"


@dataclass(frozen=True, slots=True)
class BiasList:
    """Hotwords, best first, no text twice."""

    hotwords: tuple[Hotword, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.hotwords)

    def __len__(self) -> int:
        return len(self.hotwords)

    def keep_named(self) -> "BiasList":
        """What the assistant has just said, alone."""
        return BiasList(tuple(hotword for hotword in self.hotwords if hotword.named))


EMPTY = BiasList()


def build_bias_list(scored: Iterable[tuple[ContextItem, float]], pronounce: Pronounce = pronounce) -> BiasList:
    """Rank items by score. Ties are broken by the text, so the order of the input never matters.

    A text that comes from a service as well as from the reply is one hotword: the service's item, marked as named.

    Args:
        scored: items with how well they fit the dialogue.
        pronounce: how a text is said; another one may remember.
    """
    unique: dict[str, Hotword] = {}
    for hotword in sorted((_hotword(item, score, pronounce) for item, score in scored), key=_rank):
        if hotword.text:
            first = unique.setdefault(hotword.text.casefold(), hotword)
            unique[hotword.text.casefold()] = replace(first, named=first.named or hotword.named)
    return BiasList(tuple(unique.values()))


def _hotword(item: ContextItem, score: float, pronounce: Pronounce) -> Hotword:
    text = " ".join(item.text.split())
    return Hotword(text, item, score, item.signal == "prior_turn", pronounce(text))


def _rank(hotword: Hotword) -> tuple[float, str, bool, str, str, str]:
    return -hotword.score, hotword.text.casefold(), hotword.named, hotword.text, hotword.item.text, hotword.item.signal
