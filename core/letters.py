"""Letters as they are heard: neither case nor accents make a difference, "Łukasz" and "lukasz" are the same name."""

import unicodedata

# Those that Unicode does not take apart into a plain letter and a mark.
_PLAIN = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "\u0131": "i", "æ": "ae", "œ": "oe", "þ": "th"})


def fold_letters(text: str) -> str:
    """In lower case and without accents."""
    decomposed = unicodedata.normalize("NFKD", text.casefold()).translate(_PLAIN)
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))
