"""Playing an artist, an album or a playlist."""

from collections.abc import Iterable

from core.assistant.catalogue import Media
from core.assistant.hearing import NOISE, word_set
from core.assistant.matching import Option
from core.assistant.service import Service

_MUSIC = word_set("music song songs something anything track tracks tune tunes to on")


class Music(Service):
    """Plays: "Play some music" -> "Which artist or playlist?" -> "Playing Iris Marlowe"."""

    name = "music"
    signal = "media"
    verbs = word_set("play listen")
    open_question = "Which artist or playlist?"

    def __init__(self, media: Iterable[Media]) -> None:
        super().__init__(((medium.name, medium.kind) for medium in media), NOISE | _MUSIC)

    def is_asked(self, words: tuple[str, ...]) -> bool:
        """Whether a request for this service begins with the first word; "put on" is said of lights too."""
        return super().is_asked(words) or (words[:1] in {("put",), ("start",)} and "music" in words)

    def content(self, words: Iterable[str]) -> tuple[str, ...]:
        """The words that can tell one thing from another."""
        return tuple(word for word in super().content(words) if word not in {"put", "start"})

    def confirm(self, option: Option, action: str) -> str:  # noqa: ARG002 - there is only one thing to do
        """What is said when it is done."""
        return f"Playing {option.name}."
