"""A picture of a conversation that a page can show and a file can keep: plain values, no models, no plaintext of the
two tables. What is shown live and what was computed before are the same type, so they are drawn by the same code.
"""

import dataclasses
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from core.assistant.screen import opened_entry
from core.conversation import Conversation, TurnResult
from core.dialogue import Outcome
from core.errors import DataFileError, StoreError
from core.explanation import WordChange, explain_changes
from core.speech.anchored import Anchoring
from core.speech.anchoring import AnchoringOutcome
from core.store.interface import Entry, SealedItem, Store
from core.timeline import Stage

SHOWN_BYTES = 12  # of each ciphertext: enough to see that it is one


@dataclass(frozen=True, slots=True)
class AnchoringShot:
    """What was held against the wake word's voice: the outcome, what the whole clip was heard as, the stretches that
    were left out, seconds, and whether others who spoke at the same time were made quieter.
    """

    outcome: AnchoringOutcome
    text_without: str
    left_out: tuple[tuple[float, float], ...]
    turned_down: bool = False


@dataclass(frozen=True, slots=True)
class TurnShot:
    """One turn. `reference` is what was really said, where that is known; `outcome` is None in a first turn;
    `changes` tell which words context changed, and why; `anchoring` is there where it was asked for; `opened` is the
    entry of the shown list that was chosen.
    """

    reference: str | None
    without_context: str
    with_context: str
    outcome: Outcome | None
    hotwords: tuple[str, ...]
    reply: str
    expects_speech: bool
    reply_duration_s: float
    changes: tuple[WordChange, ...] = ()
    anchoring: AnchoringShot | None = None
    opened: str | None = None


@dataclass(frozen=True, slots=True)
class EventRow:
    """One attribute of one entry of *events*."""

    interaction: str
    name: str
    line: str
    expires_at: int


@dataclass(frozen=True, slots=True)
class DataRow:
    """One row of *context_data*; `sealed` is the head of the ciphertext in hex, `size_bytes` its whole length."""

    interaction: str
    data_id: str
    sealed: str
    size_bytes: int
    expires_at: int


@dataclass(frozen=True, slots=True)
class Counts:
    """How many rows the two tables hold of a conversation."""

    events: int
    items: int


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All that there is to see of one conversation. `discarded` counts interactions that no turn followed up;
    `after_forgetting` is what was left once it was forgotten, where that was tried.
    """

    made_on: str
    model: str
    turns: tuple[TurnShot, ...]
    stages: tuple[Stage, ...]
    events: tuple[EventRow, ...]
    data: tuple[DataRow, ...]
    discarded: int
    after_forgetting: Counts | None = None

    @property
    def counts(self) -> Counts:
        """How many rows there were when the picture was taken."""
        return Counts(len(self.events), len(self.data))


def take_snapshot(conversation: Conversation, results: Sequence[tuple[TurnResult, str | None]]) -> Snapshot:
    """The conversation as it stands; `results` are its turns, each with what was really said where that is known."""
    kept, items = _read_tables(conversation)
    return Snapshot(
        made_on=datetime.now(UTC).date().isoformat(),
        model=conversation.parts.recognizer.model_name,
        turns=tuple(shoot_turn(result, reference) for result, reference in results),
        stages=conversation.timeline.stages(),
        events=tuple(
            EventRow(entry.interaction_id, event.name, event.line, entry.header.expires_at)
            for entry in kept
            for event in entry.events
        ),
        data=tuple(
            DataRow(i.interaction_id, i.data_id, i.sealed[:SHOWN_BYTES].hex(), len(i.sealed), i.expires_at)
            for i in items
        ),
        discarded=conversation.discarded,
    )


def _read_tables(conversation: Conversation) -> tuple[list[Entry], list[SealedItem]]:
    """What the store holds of a conversation; nothing where it is gone, for what was said can be shown all the same."""
    store = conversation.parts.vault.store
    try:
        kept = [entry for id_ in conversation.interaction_ids if (entry := store.get_entry(id_)) is not None]
        refs = {entry.interaction_id: list(dict.fromkeys(e.ref for e in entry.events if e.ref)) for entry in kept}
        return kept, [item for id_, of_entry in refs.items() for item in store.get_items(id_, of_entry)]
    except StoreError:
        return [], []


def count_rows(store: Store, shown: Snapshot) -> Counts:
    """How many of the rows in the picture the store still gives."""
    entries = [store.get_entry(interaction) for interaction in {row.interaction for row in shown.events}]
    items = [store.get_items(row.interaction, (row.data_id,)) for row in shown.data]
    return Counts(sum(len(entry.events) for entry in entries if entry is not None), sum(map(len, items)))


def shoot_turn(result: TurnResult, reference: str | None) -> TurnShot:
    """One turn as it is shown."""
    recognition = result.recognition
    return TurnShot(
        reference=reference,
        without_context=recognition.without_context.text,
        with_context=recognition.with_context.text,
        outcome=result.outcome,
        hotwords=recognition.prompted,
        reply=result.interaction.reply.text if result.interaction else "",
        expects_speech=bool(result.interaction and result.interaction.reply.expects_speech),
        reply_duration_s=result.speech.duration_s if result.speech else 0.0,
        changes=explain_changes(recognition),
        anchoring=_shoot_anchoring(result.anchoring) if result.anchoring else None,
        opened=opened_entry(result.interaction.reply) if result.interaction else None,
    )


def _shoot_anchoring(anchoring: Anchoring) -> AnchoringShot:
    spans = tuple((round(span.start_s, 2), round(span.end_s, 2)) for span in anchoring.left_out)
    return AnchoringShot(anchoring.outcome, anchoring.whole.text, spans, anchoring.turned_down)


def write_snapshot(snapshot: Snapshot, path: Path) -> None:
    """Keep a snapshot as JSON."""
    path.write_text(json.dumps(dataclasses.asdict(snapshot), indent=1) + "\n", encoding="utf-8")


def read_snapshot(path: Path) -> Snapshot:
    """The inverse of `write_snapshot`.

    Raises:
        DataFileError: the file is missing or holds no snapshot.
    """
    try:
        fields: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return Snapshot(
            made_on=fields["made_on"],
            model=fields["model"],
            turns=tuple(_read_turn(turn) for turn in fields["turns"]),
            stages=tuple(Stage(**stage) for stage in fields["stages"]),
            events=tuple(EventRow(**row) for row in fields["events"]),
            data=tuple(DataRow(**row) for row in fields["data"]),
            discarded=fields["discarded"],
            after_forgetting=Counts(**left) if (left := fields["after_forgetting"]) else None,
        )
    except (OSError, ValueError, KeyError, TypeError) as exc:
        raise DataFileError(f"{path.name} holds no snapshot; `python -m core.scenario` writes it anew.") from exc


def _read_turn(fields: dict[str, Any]) -> TurnShot:
    changes = tuple(WordChange(**change) for change in fields["changes"])
    known: dict[str, Any] = {"hotwords": tuple(fields["hotwords"]), "changes": changes}
    if anchoring := fields.get("anchoring"):
        left_out = tuple((start_s, end_s) for start_s, end_s in anchoring["left_out"])
        known["anchoring"] = AnchoringShot(**anchoring | {"left_out": left_out})
    return TurnShot(**fields | known)
