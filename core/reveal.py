"""Opening one sealed item for somebody who asks to see it. Each time is recorded as an event, before it is opened."""

import json

from core.store.vault import Vault

SHOWN_NUMBERS = 6


def reveal_item(vault: Vault, interaction_id: str, data_id: str) -> str | None:
    """The text of one item; None where it is gone.

    Raises:
        StoreError: the reveal cannot be recorded, or the item does not open.
    """
    entry = vault.store.get_entry(interaction_id)
    if entry is None:
        return None
    opened = vault.resume(entry)
    if not opened.sealed((data_id,)):
        return None
    opened.record("revealed", data_id)
    return tell_payload(opened.open((data_id,))[data_id])


def tell_payload(payload: bytes) -> str:
    """A payload as a person reads it: a turn, a service's list, earlier rounds, what else is known, or the
    beginning of a vector.
    """
    try:
        fields = json.loads(payload)
    except ValueError:
        return f"a context vector: {len(payload) // 4} numbers, {payload[: 4 * SHOWN_NUMBERS].hex(' ', 4)}…"
    if "speaker" in fields:
        return f"{fields['speaker']}: {fields['text']}"
    if "earlier" in fields:
        return "earlier: " + " / ".join(f"{speaker}: {text}" for speaker, text in fields["earlier"])
    if "information" in fields:
        return "; ".join(f"{name}: {text}" for name, text in fields["information"].items())
    return f"{fields['signal']}: {', '.join(fields['texts'])}"
