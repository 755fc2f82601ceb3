"""One conversation end to end, and the only place that wires the parts.

clip -> take what context is ready -> recognise -> assistant -> store items, then events -> trigger -> spoken reply
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.assistant import Assistant, Pending, load_catalogue
from core.context.bias import BiasList
from core.context.payload import encode_items, encode_turn
from core.context.ranking import NO_CONTEXT, Context
from core.context.service import ContextService, Taken
from core.context.signals import keep_signals
from core.dialogue import Interaction, Outcome, Signal, Speak, Turn
from core.errors import StoreError
from core.settings import Settings
from core.speech.audio import Clip
from core.speech.recognition import Recognition
from core.speech.voice import Speech, Voice
from core.store.connect import open_vault
from core.store.interface import Entry
from core.store.vault import EventType, OpenInteraction, Vault
from core.timeline import Timeline
from core.trigger import Trigger, data_refs

if TYPE_CHECKING:
    from core.speech.recognizer import Recognizer


CLIP_RECEIVED = "clip received"
"""The stage that begins a turn in the timeline."""

REPLY_SPOKEN = "reply spoken"
"""The window: the context is computed while the user listens to the reply."""

REPLY_HEARD = "reply heard"
"""The window as it really was, where whoever played the reply tells it."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What all conversations of a process share."""

    recognizer: "Recognizer"
    assistant: Assistant
    vault: Vault
    context: ContextService
    voice: Voice

    def close(self) -> None:
        """End the worker and release the store."""
        self.context.close()
        self.vault.store.close()


def load_parts(settings: Settings, on_step: Callable[[str], None] = lambda _: None) -> Parts:
    """Load everything; `on_step` is told the name of each step as it begins.

    Raises:
        ProjectError: a model, data file, key or store cannot be used.
    """
    on_step("address book, devices, places and music")
    assistant = Assistant(load_catalogue(settings.data_dir))
    on_step("the two tables")
    vault = open_vault(settings)
    on_step("embedding model (in its own process)")
    context = ContextService(settings.embedding_model)
    on_step(f"recogniser ({settings.model})")
    from core.speech.recognizer import Recognizer  # noqa: PLC0415 - loading the library is a step of its own

    recognizer = Recognizer.load(settings.model, settings.threads)
    on_step("the assistant's voice")
    voice = Voice()
    voice.load()
    return Parts(recognizer, assistant, vault, context, voice)


@dataclass(frozen=True, slots=True)
class TurnResult:
    """What became of one clip. `interaction` and `speech` are None where nobody was heard to speak.

    before: the request and the reply that it follows up; empty in a first turn.
    context: all that was ready when the clip came, whether or not it was chosen.
    """

    recognition: Recognition
    outcome: Outcome | None
    interaction: Interaction | None = None
    speech: Speech | None = None
    before: tuple[Turn, ...] = ()
    context: Context = NO_CONTEXT


@dataclass(slots=True)
class _FollowUp:
    """A turn whose microphone opens again: what the assistant waits for, and the context being computed for it."""

    interaction: OpenInteraction
    pending: Pending | None
    taken: Taken | None = None
    turns: tuple[Turn, ...] = ()


class Conversation:
    """One user's dialogue. Not shared between threads; the parts are."""

    def __init__(self, parts: Parts, timeline: Timeline | None = None) -> None:
        self.timeline = timeline or Timeline()
        self.interaction_ids: list[str] = []
        self.parts = parts
        self._trigger = Trigger(self._start_context)
        self._follow_up: _FollowUp | None = None

    @property
    def expects_speech(self) -> bool:
        """Whether the assistant has asked back, so that the next clip is a follow-up."""
        return self._follow_up is not None

    def hear(self, clip: Clip, context_enabled: bool = True, signals: Collection[Signal] | None = None) -> TurnResult:
        """Recognise one utterance with whatever context is ready, answer it, and store the interaction.

        Args:
            clip: the utterance.
            context_enabled: False for ordinary recognition.
            signals: the sources of context that may be used; None for all.
        """
        self.timeline.mark(CLIP_RECEIVED, f"{clip.duration_s:.1f} s")
        outcome, context = self._take_context(context_enabled)
        before = self._follow_up.turns if self._follow_up else ()
        bias = context.bias if signals is None else keep_signals(context.bias, signals, before)
        recognition = self._recognize(clip, bias)
        if outcome == "used":
            outcome = recognition.outcome
        if not recognition.text:
            return TurnResult(recognition, outcome, before=before, context=context)
        previous, self._follow_up = self._follow_up, None
        if previous is not None:
            self._store_vector(previous.interaction, context)
        interaction, speech = self._answer(recognition.text, previous.pending if previous else None)
        return TurnResult(recognition, outcome, interaction, speech, before, context)

    def note_heard(self, start_ms: float, end_ms: float) -> None:
        """The last reply was really heard from `start_ms` to `end_ms` of the timeline's clock."""
        self.timeline.add(REPLY_HEARD, start_ms, end_ms)

    def close(self) -> None:
        """Forget everything that this conversation stored."""
        for interaction_id in self.interaction_ids:
            self.parts.context.discard(interaction_id)
            self.parts.vault.store.forget(interaction_id)
        self.interaction_ids.clear()
        self._follow_up = None

    def _take_context(self, enabled: bool) -> tuple[Outcome | None, Context]:
        """The outcome is None in a turn that follows up nothing."""
        if self._follow_up is None:
            return None, NO_CONTEXT
        if not enabled:
            return "disabled", NO_CONTEXT
        if self._follow_up.taken is None or self._follow_up.taken.readiness == "late":
            self._follow_up.taken = self.parts.context.take(self._follow_up.interaction.id)
        taken = self._follow_up.taken
        if taken.readiness != "ready":
            return taken.readiness, NO_CONTEXT
        return ("used" if taken.context.bias else "empty"), taken.context

    def _recognize(self, clip: Clip, bias: BiasList) -> Recognition:
        start_ms = self.timeline.now_ms()
        recognition = self.parts.recognizer.recognize(clip, bias)
        encoded_ms = start_ms + recognition.encode_ms
        decoded_ms = encoded_ms + recognition.without_context.decode_ms
        self.timeline.add("clip encoded", start_ms, encoded_ms)
        self.timeline.add("decoded without context", encoded_ms, decoded_ms)
        if recognition.outcome == "used":
            biased_ms = decoded_ms + recognition.with_context.decode_ms
            self.timeline.add("decoded with context", decoded_ms, biased_ms, f"{len(recognition.prompted)} hotwords")
        return recognition

    def _answer(self, utterance: str, pending: Pending | None) -> tuple[Interaction, Speech]:
        with self.timeline.stage("assistant"):
            reply, pending = self.parts.assistant.reply(utterance, pending)
        opened = self.parts.vault.begin()
        self.interaction_ids.append(opened.id)
        interaction = Interaction(opened.id, utterance, reply)
        stored = self._store(opened, interaction)
        with self.timeline.stage("reply synthesised"):
            speech = self.parts.voice.speak(reply.text)
        self._note_reply(speech)
        if reply.expects_speech:
            self._follow_up = _FollowUp(opened, pending, None if stored else Taken("failed"), interaction.turns)
        else:
            self._forget(opened)  # no follow-up will come: its context is never computed
        return interaction, speech

    def _store(self, opened: OpenInteraction, interaction: Interaction) -> bool:
        """Items first, then the events that name them. A store that fails costs the context, not the conversation."""
        try:
            with self.timeline.stage("items stored"):
                self.parts.vault.store.purge_expired()
                turns = [encode_turn(turn) for turn in interaction.turns]
                items = encode_items(interaction.reply.items)
                refs = opened.put_all([*turns, *items])
            item_types: list[EventType] = ["item"] * len(items)
            event_types: list[EventType] = ["utterance", "reply", *item_types]
            for event_type, ref in zip(event_types, refs, strict=True):
                self._record(opened, event_type, ref)
            for directive in interaction.reply.directives:
                self._record(opened, "speak" if isinstance(directive, Speak) else "expect-speech")
        except StoreError as exc:
            self.timeline.mark("storing failed", exc.code)
            return False
        return True

    def _forget(self, opened: OpenInteraction) -> None:
        """What cannot be deleted now is invisible from its expiry on, and goes with the next purge."""
        try:
            opened.forget()
            self.timeline.mark("context discarded")
        except StoreError as exc:
            self.timeline.mark("forgetting failed", exc.code)

    def _record(self, opened: OpenInteraction, event_type: EventType, ref: str = "") -> None:
        with self.timeline.stage(f"event {event_type}"):
            entry = opened.record(event_type, ref)
        self._trigger.observe(opened, entry)

    def _start_context(self, opened: OpenInteraction, entry: Entry) -> None:
        start_ms = self.timeline.now_ms()
        self.parts.context.submit(
            opened.id,
            opened.data_key,
            opened.sealed(data_refs(entry)),
            on_answered=lambda: self.timeline.add("context vector and bias list", start_ms, self.timeline.now_ms()),
        )

    def _note_reply(self, speech: Speech) -> None:
        """The reply's window, as planned: it is spoken from now on."""
        start_ms = self.timeline.now_ms()
        self.timeline.add(REPLY_SPOKEN, start_ms, start_ms + speech.duration_s * 1000.0)

    def _store_vector(self, opened: OpenInteraction, context: Context) -> None:
        """A vector can be turned back into its text, so it is kept like text: sealed, and only until it expires."""
        if context.vector is None:
            return
        try:
            self._record(opened, "context-vector", opened.put(context.vector.tobytes()))
        except StoreError as exc:
            self.timeline.mark("storing failed", exc.code)
