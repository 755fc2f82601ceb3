"""Which words the context changed, and which item brought each of them."""

from collections.abc import Sequence
from difflib import SequenceMatcher

from core.context.bias import Hotword
from core.speech.reading import read_aloud
from core.speech.recognition import Change
from core.speech.words import Words, name_words, with_stems


def list_changes(plain: str, text: str, hotwords: Sequence[Hotword], evidence: float) -> tuple[Change, ...]:
    """The differing stretches of two texts, in their order; case and punctuation make no difference."""
    before, after = _spoken(plain), _spoken(text)
    matcher = SequenceMatcher(None, [words for _, words in before], [words for _, words in after], autojunk=False)
    return tuple(
        Change(_join(before[i:j]), _join(after[k:n]), _find_origin(_flatten(after[k:n]), hotwords), evidence)
        for tag, i, j, k, n in matcher.get_opcodes()
        if tag != "equal"
    )


def _spoken(text: str) -> list[tuple[str, Words]]:
    """Each written word with the words it stands for; one that is said otherwise than written also with itself, for
    "&" is not "and".
    """
    pairs = ((word, _list_said(word)) for word in text.split())
    return [(word, words) for word, words in pairs if words]


def _list_said(word: str) -> Words:
    written, said = name_words(word), name_words(read_aloud(word)[0][0])
    return written if written == said else (*said, word)


def _join(pairs: Sequence[tuple[str, Words]]) -> str:
    return " ".join(word for word, _ in pairs)


def _flatten(pairs: Sequence[tuple[str, Words]]) -> frozenset[str]:
    return frozenset(word for _, words in pairs for word in words)


def _find_origin(words: frozenset[str], hotwords: Sequence[Hotword]) -> Hotword | None:
    """The hotword that has most of the words; of several those that were named, then the first in the list."""
    stems = with_stems(words)
    shared = [len(stems.intersection(_list_words(hotword))) for hotword in hotwords]
    best = max(range(len(hotwords)), key=lambda i: (shared[i], hotwords[i].named, -i), default=None)
    return hotwords[best] if best is not None and shared[best] else None


def _list_words(hotword: Hotword) -> frozenset[str]:
    """Those that it may be recognised by, and those that it is listed with."""
    texts = {hotword.text, hotword.item.text}
    return frozenset().union(*(_flatten(_spoken(text)) for text in texts))
