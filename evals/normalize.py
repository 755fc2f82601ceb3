"""Two ways to make texts comparable before they are scored. Raw hypotheses stay as they are.

"whisper" is the English normaliser of Radford et al. 2022, appendix C, for comparison with published figures. It harms
names, because it reads them as numbers and contractions: "Meg O'Brien" becomes "meg 0 brien" and "Mr. Oh" "mister 0".
"names" leaves words as they are and is what this project reports first.
"""

import re
import unicodedata
from collections.abc import Callable
from functools import cache
from typing import Literal, Protocol

NormalizerName = Literal["names", "whisper"]
Tokens = tuple[str, ...]

APOSTROPHES = str.maketrans(dict.fromkeys("\u2019\u2018\u02bc\uff07`\u00b4", "'"))
WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")


class _TextNormalizer(Protocol):
    def __call__(self, s: str) -> str: ...


def normalize_names(text: str) -> Tokens:
    """Words in lower case, without punctuation and accents; apostrophes inside a word stay ("O'Brien" is one word).

    Accents go because nobody hears them: "José" and "Jose" are the same answer.
    """
    decomposed = unicodedata.normalize("NFKD", text.translate(APOSTROPHES).casefold())
    return tuple(WORD.findall("".join(c for c in decomposed if not unicodedata.combining(c))))


def normalize_whisper(text: str) -> Tokens:
    """The words after Whisper's English normaliser, without what has neither letter nor digit ("..." becomes ".")."""
    return tuple(word for word in _whisper_normalizer()(text).split() if any(c.isalnum() for c in word))


@cache
def _whisper_normalizer() -> _TextNormalizer:
    from whisper_normalizer.english import EnglishTextNormalizer  # noqa: PLC0415 - reads a long table of spellings

    normalizer: _TextNormalizer = EnglishTextNormalizer()
    return normalizer


NORMALIZERS: dict[NormalizerName, Callable[[str], Tokens]] = {"names": normalize_names, "whisper": normalize_whisper}
