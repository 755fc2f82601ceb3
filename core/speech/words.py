"""The words of a text as they are heard: what two texts are compared by."""

import re
import unicodedata

Words = tuple[str, ...]

APOSTROPHES = str.maketrans(dict.fromkeys("\u2019\u2018\u02bc\uff07`\u00b4", "'"))
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")


def spoken_words(text: str) -> Words:
    """Words in lower case, without punctuation and accents; apostrophes inside a word stay ("O'Brien" is one word).

    Accents go because nobody hears them: "José" and "Jose" are the same answer.
    """
    decomposed = unicodedata.normalize("NFKD", text.translate(APOSTROPHES).casefold())
    return tuple(_WORD.findall("".join(c for c in decomposed if not unicodedata.combining(c))))
