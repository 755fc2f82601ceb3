"""The prompt: hotwords as the text before ("hotwords" of faster-whisper), cut to what a prompt can hold."""

import functools
import re
import unicodedata
from collections.abc import Callable, Iterable

from core.speech.reading import read_aloud
from core.speech.words import APOSTROPHES, FUNCTION_WORDS

MAX_TOKENS = 90  # eight names of an address book take about fifty
MOST_INITIALS = 3
_NEVER_WRITTEN = re.compile(r"""["“”„‟«»#()*+/:;<=>@\[\\\]^_`{|}~「」『』♩♪♫♬♭♮♯]|(?<!\S)['-]|--""")
_OTHERWISE = re.compile(  # or in capitals, or without letters
    rf"{_NEVER_WRITTEN.pattern}|[^\W\d_a-z]{{3}}|(?<!\S)[^\w\s&]+(?!\S)"
)
_READ = re.compile(r"[+#@]")
_PICTURES = frozenset({"So", "Sk"})  # categories of Unicode
_PICTURE_STYLES = frozenset("\ufe0e\ufe0f")
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


def write_hotword(text: str) -> str:
    """A hotword as it may stand in a prompt: printable, and as Whisper writes it; nothing where it is no name by its
    length. A list comes with every turn, so what was written is remembered.
    """
    return _write_hotword(text) if len(text) <= MAX_HOTWORD_CHARS else ""


@functools.lru_cache(maxsize=8192)
def _write_hotword(text: str) -> str:
    return write_like_whisper(clean_hotword(text))


def write_like_whisper(text: str) -> str:
    """The text as Whisper writes a name: with a capital at the start of its words, whether the list has none or nothing
    else, and in signs that it may write. Of the others ("non-speech tokens" of its tokeniser) a plus, a number sign and
    an at are read aloud, a stroke between initials joins them, and all else is a blank, as pictures are.

    One word in small letters stays so: it may be no name but a rare word.
    """
    if not text.isascii():
        text = " ".join(_leave_out_pictures(text.translate(APOSTROPHES)).split())
    words = text.split()
    if text.islower() and len(words) > 1:
        text = " ".join(word if word in FUNCTION_WORDS else word[:1].upper() + word[1:] for word in words)
    if not _OTHERWISE.search(text):
        return text
    pairs = zip(text.split(), read_aloud(text)[0], strict=True)
    return " ".join(" ".join(_write_word(written, said) for written, said in pairs).split())


def _leave_out_pictures(text: str) -> str:
    return "".join(" " if unicodedata.category(c) in _PICTURES else c for c in text if c not in _PICTURE_STYLES)


def _write_word(written: str, said: str) -> str:
    if written.casefold() == said.casefold():
        written = said  # in capitals
    if not said:
        return ""
    if not _NEVER_WRITTEN.search(written):
        return written
    if _READ.search(written) or said == "and":
        return _NEVER_WRITTEN.sub(" ", said)
    if "/" in written and all(part.isupper() and len(part) <= MOST_INITIALS for part in written.split("/")):
        written = written.replace("/", "")
    return _NEVER_WRITTEN.sub(" ", written)


def clean_hotword(text: str) -> str:
    """One line of printable text; nothing where it is no name by its length.

    NFKC comes first: it can turn full-width forms into what is stripped after it.
    """
    if len(text) > MAX_HOTWORD_CHARS:
        return ""
    normal = unicodedata.normalize("NFKC", text)
    return " ".join("".join(c if c.isprintable() else " " for c in normal).split())
