"""How words sound: text to phonemes, offline, through hibari's letter-to-sound rules (Apache-2.0).

The phonemes are misaki's: mostly IPA, one character each, with single capital letters for diphthongs ("A" in "day").
"""

import functools
import re
import threading
from typing import Any

_UNSPOKEN = re.compile(r"[^\w\s]|[ˈˌː]")
_lock = threading.Lock()


@functools.lru_cache(maxsize=65536)
def pronounce(text: str) -> tuple[str, ...]:
    """The ways to say `text`, American first, British where it differs; without stress, length and punctuation.

    Words are separated by one space. What cannot be pronounced at all, such as other scripts, gives no way.
    """
    with _lock:  # the library keeps state while it works
        spoken = (_spell(text, british) for british in (False, True))
        return tuple(dict.fromkeys(sounds for sounds in spoken if sounds))


def _spell(text: str, british: bool) -> str:
    return " ".join(_UNSPOKEN.sub("", _load(british)(text)).split())


@functools.cache
def _load(british: bool) -> Any:
    from hibari.g2p import G2P  # noqa: PLC0415 - half a second for its lexicon

    return G2P(british=british)
