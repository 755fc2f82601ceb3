"""The device's screen: which entry of a shown list is meant, by its name, a part of its name, or its place."""

from collections.abc import Sequence
from dataclasses import replace

from core.assistant.hearing import NOISE, fold_words, hear, read_position, word_set
from core.assistant.matching import NEAR, Option, explains, find_best
from core.dialogue import ContextItem, Reply, Speak

_CHOOSING = word_set("open show play select choose pick take start go tell more about call")


def find_entry(utterance: str, entries: Sequence[str]) -> str | None:
    """The entry that is meant: "Harbour", "the Blue Harbour, please", "the second one", "the last".

    None where nothing or more than one is named, or something else is said as well. A name comes before a place: of
    "First Light" and "Blue Harbour", "first" means the first by its name.
    """
    heard = hear(utterance)
    content = tuple(word for word in heard.words if word not in NOISE | _CHOOSING)
    found = find_best(content, [Option(entry, fold_words(entry)) for entry in entries])
    if len(found.options) == 1 and explains(found.options[0], content, NEAR):
        return found.options[0].name
    position = read_position(heard.words)
    points_only = all(read_position((word,)) is not None for word in content)
    return entries[position] if position is not None and points_only and position < len(entries) else None


def screen_items(entries: Sequence[str]) -> tuple[ContextItem, ...]:
    """The list as context items of the signal `screen`."""
    return tuple(ContextItem("screen", entry) for entry in entries)


def open_entry(entry: str) -> Reply:
    """What is said when an entry is chosen."""
    return Reply((Speak(f"Opening {entry}."),), screen_items([entry]))


def opened_entry(reply: Reply) -> str | None:
    """The entry that a reply opens; None where it opens none."""
    if reply.expects_speech or len(reply.items) != 1 or reply.items[0].signal != "screen":
        return None
    return reply.items[0].text


def add_screen(reply: Reply, entries: Sequence[str]) -> Reply:
    """The reply with the list among its items, so that a follow-up is biased toward what the user sees."""
    return replace(reply, items=(*reply.items, *screen_items(entries))) if reply.expects_speech else reply
