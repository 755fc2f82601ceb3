"""Nothing is computed before it is needed: an event is written, the whole entry comes back, and only expect-speech in
it starts the context computation. Otherwise nothing happens.
"""

import secrets
from collections.abc import Callable

from core.store.interface import Entry, Event
from core.store.vault import OpenInteraction

StartComputation = Callable[[OpenInteraction, Entry], None]


class Trigger:
    """Watches the entries that come back from writes. Several may watch the same ones, from several threads."""

    def __init__(self, start: StartComputation) -> None:
        self._start = start

    def observe(self, interaction: OpenInteraction, entry: Entry) -> bool:
        """Start the computation if `entry` expects speech and nobody has claimed it yet; returns whether we did.

        Each observation claims under a name of its own, so an entry that is handed in again starts nothing again.
        """
        event = expect_speech(entry)
        if event is None or is_claimed(entry) or not interaction.claim(event, secrets.token_hex(8)):
            return False
        self._start(interaction, entry)
        return True


def expect_speech(entry: Entry) -> Event | None:
    """The entry's expect-speech event, if it has one."""
    return next((event for event in entry.events if event.type == "expect-speech"), None)


def is_claimed(entry: Entry) -> bool:
    """Whether somebody computes, or has computed, this entry's context."""
    return any(event.type == "context-claimed" for event in entry.events)


def data_refs(entry: Entry) -> tuple[str, ...]:
    """The data items that the entry's events name, in order of time."""
    return tuple(event.ref for event in entry.events if event.type in {"utterance", "reply", "item"})
