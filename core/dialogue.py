"""The domain's words: what is said, what the device is told, and what may be said next.

This file imports nothing but the standard library, and nothing else of the project.
"""

from dataclasses import dataclass
from typing import Literal

Speaker = Literal["user", "assistant"]

Signal = Literal[
    "prior_turn",
    "earlier_turns",
    "contacts",
    "devices",
    "places",
    "media",
    "screen",
    "local_info",
    "preferences",
    "list",
    "experiment",
]
"""Where a context item comes from."""

Outcome = Literal["used", "late", "failed", "disabled", "empty", "rejected"]
"""What became of the context of one follow-up turn; exactly one applies.

used: the recogniser decoded with it. late: not ready when the utterance came. failed: the computation broke.
disabled: switched off. empty: there was nothing to bias toward. rejected: it was ready, but nobody spoke.
"""


@dataclass(frozen=True, slots=True)
class Turn:
    """One speaker's go, as text."""

    speaker: Speaker
    text: str


@dataclass(frozen=True, slots=True)
class ContextItem:
    """A stored fact that the next utterance may name, such as a contact or a device."""

    signal: Signal
    text: str


@dataclass(frozen=True, slots=True)
class Speak:
    """The device is told to say `text`."""

    text: str


@dataclass(frozen=True, slots=True)
class ExpectSpeech:
    """The device is told to open the microphone again once it has spoken."""


Directive = Speak | ExpectSpeech


@dataclass(frozen=True, slots=True)
class Reply:
    """What the assistant answers: directives in their order, and the items of the services that the turn touched."""

    directives: tuple[Directive, ...]
    items: tuple[ContextItem, ...] = ()

    @property
    def text(self) -> str:
        """All that is spoken, in order."""
        return " ".join(d.text for d in self.directives if isinstance(d, Speak))

    @property
    def expects_speech(self) -> bool:
        """Whether the microphone opens again after this reply."""
        return any(isinstance(d, ExpectSpeech) for d in self.directives)


@dataclass(frozen=True, slots=True)
class Interaction:
    """One request and its reply."""

    id: str
    utterance: str
    reply: Reply

    @property
    def turns(self) -> tuple[Turn, Turn]:
        """The request and the reply as turns, oldest first."""
        return Turn("user", self.utterance), Turn("assistant", self.reply.text)
