"""One conversation end to end, and the only place that wires the parts.

clip -> take what context is ready -> recognise -> assistant -> store items, then events -> trigger -> spoken reply
"""

from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, get_args

from core.assistant import Assistant, Pending, load_catalogue
from core.context.bias import BiasList
from core.context.payload import encode_items, encode_turn
from core.context.ranking import NO_CONTEXT, Context
from core.context.service import ContextService
from core.context.signals import keep_signals
from core.dialogue import Interaction, Outcome, Signal, Speak, Turn
from core.errors import StoreError
from core.follow_up import FollowUp, Window
from core.settings import CONTEXT_MARGIN_MS, Settings
from core.speech.admission import Admission
from core.speech.audio import Clip
from core.speech.decoder import ClipDecoder
from core.speech.recognition import Recognition
from core.speech.voice import Speech, Voice
from core.store.connect import open_vault
from core.store.vault import EventType, OpenInteraction, Vault
from core.timeline import Timeline

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
    decoder: ClipDecoder
    margin_s: float = CONTEXT_MARGIN_MS / 1000.0
    admission: Admission = field(default_factory=Admission)

    def close(self) -> None:
        """End all processes and release the store."""
        self.context.close()
        self.decoder.close()
        self.vault.store.close()


def load_parts(settings: Settings, on_step: Callable[[str], None] = lambda _: None) -> Parts:
    """Load everything; `on_step` is told the name of each step as it begins.

    Raises:
        ProjectError: a model, data file, key or store cannot be used.
    """
    on_step("address book, devices, places and music")
    catalogue = load_catalogue(settings.data_dir)
    assistant = Assistant(catalogue)
    on_step("the two tables")
    vault = open_vault(settings)
    on_step("embedding model (in its own process)")
    context = ContextService(settings.embedding_model, settings.context_memory_mb)
    context.prepare(catalogue.names)
    on_step(f"recogniser ({settings.model})")
    from core.speech.recognizer import Recognizer  # noqa: PLC0415 - loading the library is a step of its own

    recognizer = Recognizer.load(settings.model, settings.threads)
    on_step("the assistant's voice")
    voice = Voice()
    voice.load()
    return Parts(recognizer, assistant, vault, context, voice, ClipDecoder(), settings.context_margin_ms / 1000.0)


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


class Conversation:
    """One user's dialogue. Not shared between threads; the parts are.

    `outcomes` counts what became of the contexts of its follow-up turns.
    """

    def __init__(self, parts: Parts, timeline: Timeline | None = None) -> None:
        self.timeline = timeline or Timeline()
        self.interaction_ids: list[str] = []
        self.outcomes: Counter[Outcome] = Counter()
        self.parts = parts
        self.screen: tuple[str, ...] = ()  # the list that the device shows
        self._follow_up: FollowUp | None = None
        self._pending: Pending | None = None
        self._turns: tuple[Turn, ...] = ()

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

        Raises:
            Busy: too many others are waiting to be recognised; the conversation stays as it was.
        """
        self.timeline.mark(CLIP_RECEIVED, f"{clip.duration_s:.1f} s")
        before = self._turns if self._follow_up else ()
        with self.parts.admission.turn(), self.parts.context.undisturbed():
            outcome, context = self._take_context(context_enabled)
            bias = context.bias if signals is None else keep_signals(context.bias, signals, before)
            recognition = self._recognize(clip, bias)
        if outcome is not None:
            outcome = recognition.outcome if outcome == "used" else outcome
            self._count(outcome)
        if not recognition.text:
            return TurnResult(recognition, outcome, before=before, context=context)
        if self._follow_up is not None:
            self._store_vector(self._follow_up, context)
        interaction, speech = self._answer(recognition.text)
        return TurnResult(recognition, outcome, interaction, speech, before, context)

    def note_heard(self, start_ms: float, end_ms: float) -> None:
        """The last reply was really heard from `start_ms` to `end_ms` of the timeline's clock."""
        self.timeline.add(REPLY_HEARD, start_ms, end_ms)
        self.note_reply_ended(end_ms)

    def note_reply_ended(self, at_ms: float | None = None) -> None:
        """The player says that the reply has been heard out, at that time of the timeline, or now."""
        if self._follow_up is not None:
            self._follow_up.note_reply_ended(at_ms)

    def note_microphone_opened(self) -> None:
        """The user can speak now. While the reply is still being spoken, `barge_in` tells it better."""
        self.timeline.mark("microphone open")

    def barge_in(self) -> None:
        """The user speaks into the reply, so the context's deadline is now."""
        if self._follow_up is not None:
            self._follow_up.barge_in()

    def export_window(self) -> dict[str, Any]:
        """How often each outcome came, and the stages, as plain values; no text that was spoken is among them."""
        counts = {outcome: self.outcomes[outcome] for outcome in get_args(Outcome)}
        return {"outcomes": counts, "stages": self.timeline.records()}

    def close(self) -> None:
        """Forget everything that this conversation stored."""
        for interaction_id in self.interaction_ids:
            self.parts.context.discard(interaction_id)
            self.parts.vault.store.forget(interaction_id)
        self.interaction_ids.clear()
        self._follow_up = self._pending = None

    def _take_context(self, enabled: bool) -> tuple[Outcome | None, Context]:
        """The outcome is None in a turn that follows up nothing."""
        if self._follow_up is None:
            return None, NO_CONTEXT
        return self._follow_up.take() if enabled else ("disabled", NO_CONTEXT)

    def _count(self, outcome: Outcome) -> None:
        self.outcomes[outcome] += 1
        self.timeline.mark("context outcome", outcome)

    def _recognize(self, clip: Clip, bias: BiasList) -> Recognition:
        start_ms = self.timeline.now_ms()
        with self.timeline.stage("utterance recognised" if self._follow_up is None else "recognised"):
            recognition = self.parts.recognizer.recognize(clip, bias)
        encoded_ms = start_ms + recognition.encode_ms
        decoded_ms = encoded_ms + recognition.without_context.decode_ms
        self.timeline.add("clip encoded", start_ms, encoded_ms)
        self.timeline.add("decoded without context", encoded_ms, decoded_ms)
        if recognition.outcome == "used":
            biased_ms = decoded_ms + recognition.with_context.decode_ms
            self.timeline.add("decoded with context", decoded_ms, biased_ms, f"{len(recognition.prompted)} hotwords")
        return recognition

    def _answer(self, utterance: str) -> tuple[Interaction, Speech]:
        with self.timeline.stage("assistant"):
            reply, self._pending = self.parts.assistant.reply(utterance, self._pending, self.screen)
        opened = self.parts.vault.begin()
        self.interaction_ids.append(opened.id)
        interaction = Interaction(opened.id, utterance, reply)
        follow_up = FollowUp(opened, Window(self.parts.context, self.parts.margin_s), self.timeline)
        self._store(follow_up, interaction)
        with self.timeline.stage("reply synthesised"):
            speech = self.parts.voice.speak(reply.text)
        self._begin_reply(follow_up, speech)
        self._turns = interaction.turns
        self._follow_up = follow_up if reply.expects_speech else None
        if self._follow_up is None:
            self._forget(opened)  # no follow-up will come: its context is never computed
        return interaction, speech

    def _begin_reply(self, follow_up: FollowUp, speech: Speech) -> None:
        """The reply's window, as planned: it is spoken from now on."""
        start_ms = self.timeline.now_ms()
        self.timeline.add(REPLY_SPOKEN, start_ms, start_ms + speech.duration_s * 1000.0)
        follow_up.begin_reply(speech.duration_s)

    def _store(self, follow_up: FollowUp, interaction: Interaction) -> None:
        """Items first, then the events that name them. A store that fails costs the context, not the conversation."""
        try:
            with self.timeline.stage("items stored"):
                turns = [encode_turn(turn) for turn in interaction.turns]
                items = encode_items(interaction.reply.items)
                refs = follow_up.interaction.put_all([*turns, *items])
            item_types: list[EventType] = ["item"] * len(items)
            event_types: list[EventType] = ["utterance", "reply", *item_types]
            for event_type, ref in zip(event_types, refs, strict=True):
                follow_up.record(event_type, ref)
            for directive in interaction.reply.directives:
                follow_up.record("speak" if isinstance(directive, Speak) else "expect-speech")
        except StoreError as exc:
            self.timeline.mark("storing failed", exc.code)

    def _forget(self, opened: OpenInteraction) -> None:
        """What cannot be deleted now is tried again by the store itself, several times a second."""
        try:
            opened.forget()
            self.timeline.mark("context discarded")
        except StoreError as exc:
            self.timeline.mark("forgetting failed", exc.code)

    def _store_vector(self, follow_up: FollowUp, context: Context) -> None:
        """A vector can be turned back into its text, so it is kept like text: sealed, and only until it expires."""
        if context.vector is None:
            return
        try:
            follow_up.record("context-vector", follow_up.interaction.put(context.vector.tobytes()))
        except StoreError as exc:
            self.timeline.mark("storing failed", exc.code)
