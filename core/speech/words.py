"""The words of a text as they are heard: what two texts are compared by."""

import re
from collections.abc import Iterable, Sequence

from core.letters import fold_letters

Words = tuple[str, ...]

APOSTROPHES = str.maketrans(dict.fromkeys("\u2019\u2018\u02bc\uff07`\u00b4", "'"))
FUNCTION_WORDS = frozenset(
    ("&", "a", "an", "and", "at", "by", "for", "from", "in", "my", "of", "on", "or", "the", "to", "with")
)
MOST_REPEATS = 3  # nobody says the same words more often in a row
LONGEST_REPEATED = 5  # words
_LETTERS = re.compile(r"(?<![\w'-])[a-z](?: [a-z]){2,}(?![\w'-])")
_SPELLED = re.compile(r"[a-z](?:-[a-z]){2,}", re.IGNORECASE)
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")


def spoken_words(text: str) -> Words:
    """Words in lower case, without punctuation and accents; apostrophes inside a word stay ("O'Brien" is one word).

    Accents go because nobody hears them: "José" and "Jose" are the same answer.
    """
    return tuple(_WORD.findall(fold_letters(text.translate(APOSTROPHES))))


def name_words(text: str) -> Words:
    """The same, but three letters or more that are written one after the other are one word: "b-a-u-e-r"."""
    words = " ".join(_join_letters(spoken_words(written)) for written in text.split())
    return tuple(_LETTERS.sub(lambda letters: letters.group().replace(" ", "-"), words).split())


def _join_letters(words: Words) -> str:
    """Of what is written without a space; what stands beside it is no part of it."""
    spelled = "-".join(words)
    return spelled if is_spelled(spelled) else " ".join(words)


def is_spelled(word: str) -> bool:
    """Whether it is said letter by letter, as "b-a-u-e-r"."""
    return _SPELLED.fullmatch(word) is not None


def has_capitals(word: str) -> bool:
    """Whether it has several, as "JFK" and "McKay" have."""
    return sum(map(str.isupper, word)) > 1


def split_ending(word: str) -> tuple[str, str]:
    """A word and the ending of its possessive or plural, where it has one: ("Meg", "'s"), ("Bauer", "s")."""
    if word.endswith(("'s", "\u2019s")):  # spoken words have the first, written ones either
        return word[:-2], word[-2:]
    return (word[:-1], "s") if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else (word, "")


def end_with(name: str, signs: str) -> str:
    """A name and the signs after it; "Jr." ends with the point that may come after it."""
    return name + (signs.removeprefix(".") if name.endswith(".") else signs)


def with_stems(words: Iterable[str]) -> frozenset[str]:
    """The words, and each without the ending of a possessive or plural."""
    return frozenset(form for word in words for form in (word, split_ending(word)[0]))


def holds(words: Words, run: Words) -> bool:
    """Whether `run` stands somewhere in `words`, one word after the other."""
    return any(words[start : start + len(run)] == run for start in range(len(words) - len(run) + 1))


def list_runs(words: Sequence[str]) -> list[tuple[int, int]]:
    """The runs by which a name can be mentioned, as half-open ranges: those that neither begin nor end with a function
    word. A name of nothing but function words has one run, the whole.
    """
    content = [place for place, word in enumerate(words) if word.casefold() not in FUNCTION_WORDS]
    runs = [(start, end + 1) for start in content for end in content if end >= start]
    return runs or [(0, len(words))]


def end_loop(text: str) -> str:
    """The text up to where it begins to say the same words over and over, and those once: there a decoder has run away
    from the clip. A text without such a place comes back as it is.
    """
    found = list(_WORD.finditer(text.translate(APOSTROPHES)))
    words = [spoken_words(one.group()) for one in found]
    for start in range(len(words)):
        for length in range(1, LONGEST_REPEATED + 1):
            said = words[start : start + length]
            if words[start : start + length * (MOST_REPEATS + 1)] == said * (MOST_REPEATS + 1):
                return text[: found[start + length].start()].rstrip(" -")
    return text
