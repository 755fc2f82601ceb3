"""Two ways to make texts comparable before they are scored. Raw hypotheses stay as they are.

"whisper" is the English normaliser of Radford et al. 2022, appendix C, for comparison with published figures. It harms
names, because it reads them as numbers and contractions: "Meg O'Brien" becomes "meg 0 brien" and "Mr. Oh" "mister 0".
"names" (`core.speech.words.spoken_words`) leaves words as they are and is what this project reports first.
"""

from collections.abc import Callable
from functools import cache
from typing import Literal, Protocol

from core.speech.words import spoken_words

NormalizerName = Literal["names", "whisper"]
Tokens = tuple[str, ...]


class _TextNormalizer(Protocol):
    def __call__(self, s: str) -> str: ...


def normalize_whisper(text: str) -> Tokens:
    """The words after Whisper's English normaliser, without what has neither letter nor digit ("..." becomes ".")."""
    return tuple(word for word in _whisper_normalizer()(text).split() if any(c.isalnum() for c in word))


@cache
def _whisper_normalizer() -> _TextNormalizer:
    from whisper_normalizer.english import EnglishTextNormalizer  # noqa: PLC0415 - reads a long table of spellings

    normalizer: _TextNormalizer = EnglishTextNormalizer()
    return normalizer


NORMALIZERS: dict[NormalizerName, Callable[[str], Tokens]] = {"names": spoken_words, "whisper": normalize_whisper}
