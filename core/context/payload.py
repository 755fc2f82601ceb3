"""What is inside a sealed item, as bytes: one JSON object a turn, or one a service's list of items."""

import json
from collections.abc import Iterable, Sequence

from core.dialogue import ContextItem, Turn


def encode_turn(turn: Turn) -> bytes:
    """A turn as bytes."""
    return json.dumps({"speaker": turn.speaker, "text": turn.text}).encode()


def encode_items(items: Sequence[ContextItem]) -> list[bytes]:
    """One payload for each signal, in the order in which the signals first come."""
    texts: dict[str, list[str]] = {}
    for item in items:
        texts.setdefault(item.signal, []).append(item.text)
    return [json.dumps({"signal": signal, "texts": of_signal}).encode() for signal, of_signal in texts.items()]


def decode(payloads: Iterable[bytes]) -> tuple[tuple[Turn, ...], tuple[ContextItem, ...]]:
    """The turns and the items of all payloads, in their order."""
    turns: list[Turn] = []
    items: list[ContextItem] = []
    for payload in payloads:
        fields = json.loads(payload)
        if "speaker" in fields:
            turns.append(Turn(fields["speaker"], fields["text"]))
        else:
            items.extend(ContextItem(fields["signal"], text) for text in fields["texts"])
    return tuple(turns), tuple(items)
