"""What is inside a sealed item, as bytes: one JSON object a turn, one a service's list of items, one for all earlier
rounds, or one for what else is known.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from core.dialogue import ContextItem, Turn


@dataclass(frozen=True, slots=True)
class Opened:
    """What the payloads of one interaction hold.

    turns: oldest first, those of earlier rounds before its own two.
    items: of the services that it touched.
    information: what else is known, by its name, such as "preferences".
    """

    turns: tuple[Turn, ...]
    items: tuple[ContextItem, ...]
    information: Mapping[str, str]


def encode_turn(turn: Turn) -> bytes:
    """A turn as bytes."""
    return json.dumps({"speaker": turn.speaker, "text": turn.text}).encode()


def encode_items(items: Sequence[ContextItem]) -> list[bytes]:
    """One payload for each signal, in the order in which the signals first come."""
    texts: dict[str, list[str]] = {}
    for item in items:
        texts.setdefault(item.signal, []).append(item.text)
    return [json.dumps({"signal": signal, "texts": of_signal}).encode() for signal, of_signal in texts.items()]


def encode_earlier(turns: Sequence[Turn]) -> bytes:
    """The turns of earlier rounds, oldest first, as bytes."""
    return json.dumps({"earlier": [[turn.speaker, turn.text] for turn in turns]}).encode()


def encode_information(information: Mapping[str, str]) -> bytes:
    """What else is known, as bytes."""
    return json.dumps({"information": dict(information)}).encode()


def decode(payloads: Iterable[bytes]) -> Opened:
    """All that the payloads hold, in their order."""
    earlier: list[Turn] = []
    turns: list[Turn] = []
    items: list[ContextItem] = []
    information: dict[str, str] = {}
    for payload in payloads:
        fields = json.loads(payload)
        if "speaker" in fields:
            turns.append(Turn(fields["speaker"], fields["text"]))
        elif "earlier" in fields:
            earlier += [Turn(speaker, text) for speaker, text in fields["earlier"]]
        elif "information" in fields:
            information |= fields["information"]
        else:
            items += [ContextItem(fields["signal"], text) for text in fields["texts"]]
    return Opened((*earlier, *turns), tuple(items), information)
