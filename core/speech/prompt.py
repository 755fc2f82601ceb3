"""The prompt: hotwords as the text before ("hotwords" of faster-whisper), cut to what a prompt can hold."""

import unicodedata
from collections.abc import Callable, Iterable

MAX_TOKENS = 90  # eight names of an address book take about fifty
MAX_HOTWORD_CHARS = 200  # no name is longer, and Unicode normalising takes quadratic time on hostile ones


def build_prompt(texts: Iterable[str], encode: Callable[[str], list[int]]) -> tuple[list[int], tuple[str, ...]]:
    """The tokens of " A, B, C.", at most `MAX_TOKENS`, and the texts that are in it.

    A text that does not fit what is left is skipped, so that a long one does not keep out those after it. Each is
    encoded once: a word begins with its blank, so no token reaches from one text into the next. Of any number of items
    only the shortlist comes here, which takes 0.2 ms: that is why no tokens are counted beforehand.

    Args:
        texts: best first.
        encode: text to tokens; it must not know control tokens.
    """
    comma, stop = encode(","), encode(".")
    tokens: list[int] = []
    prompted: list[str] = []
    for text in filter(None, map(clean_hotword, texts)):
        if len(tokens) + len(comma) + len(stop) >= MAX_TOKENS:
            break
        piece = [*(comma if tokens else []), *encode(f" {text}")]
        if len(tokens) + len(piece) + len(stop) <= MAX_TOKENS:
            tokens += piece
            prompted.append(text)
    return ([*tokens, *stop] if tokens else []), tuple(prompted)


def clean_hotword(text: str) -> str:
    """One line of printable text; nothing where it is no name by its length.

    NFKC comes first: it can turn full-width forms into what is stripped after it.
    """
    if len(text) > MAX_HOTWORD_CHARS:
        return ""
    normal = unicodedata.normalize("NFKC", text)
    return " ".join("".join(c if c.isprintable() else " " for c in normal).split())
