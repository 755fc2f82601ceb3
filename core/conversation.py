"""One conversation end to end, and the only place that wires the parts.

clip -> take what context is ready -> recognise -> assistant -> store items, then events -> trigger -> spoken reply
"""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, get_args

from core.assistant import Assistant, Pending, load_catalogue
from core.assistant.screen import screen_items
from core.context.bias import EMPTY, BiasList, build_bias_list
from core.context.ranking import NO_CONTEXT, Context
from core.context.service import ContextService
from core.context.signals import keep_signals
from core.dialogue import Interaction, Outcome, Signal, Turn
from core.follow_up import FollowUp, Window
from core.keeping import Keeper
from core.settings import CONTEXT_MARGIN_MS, Settings
from core.speech.admission import Admission
from core.speech.anchored import Anchoring, hear_filtered, leave_out_others
from core.speech.audio import Clip
from core.speech.decoder import ClipDecoder
from core.speech.recognition import Recognition
from core.speech.separate_recognizer import SeparateRecognizer
from core.speech.voice import Speech, Voice
from core.speech.voice_models import VoiceModels
from core.store.connect import open_vault
from core.store.vault import Vault, new_interaction_id
from core.timeline import Timeline

CLIP_RECEIVED = "clip received"
"""The stage that begins a turn in the timeline."""

MICROPHONE_OPEN = "microphone open"
"""The moment from which on the user could speak."""

OUTCOME = "context outcome"
"""What became of the context; the detail tells it."""

REPLY_SPOKEN = "reply spoken"
"""The window: the context is computed while the user listens to the reply."""

REPLY_HEARD = "reply heard"
"""The window as it really was, where whoever played the reply tells it."""

ALL_SIGNALS: tuple[Signal, ...] = get_args(Signal)


@dataclass(frozen=True, slots=True)
class Parts:
    """What all conversations of a process share."""

    recognizer: SeparateRecognizer
    voices: VoiceModels
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
        self.recognizer.close()
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
    context = ContextService(settings.embedding_model, settings.context_memory_mb, ttl_s=settings.ttl_s)
    context.prepare(catalogue.names)
    on_step(f"recogniser ({settings.model})")
    recognizer = SeparateRecognizer(settings.model, settings.threads)
    on_step("speaker model and voice mask")
    voices = VoiceModels.load(settings.threads)
    on_step("the assistant's voice")
    voice = Voice()
    voice.load()
    margin_s = settings.context_margin_ms / 1000.0
    return Parts(recognizer, voices, assistant, vault, context, voice, ClipDecoder(), margin_s)


@dataclass(frozen=True, slots=True)
class TurnResult:
    """What became of one clip. `interaction` and `speech` are None where nobody was heard to speak.

    before: the request and the reply that it follows up; empty in a first turn.
    context: all that was ready when the clip came, whether or not it was chosen.
    anchoring: what was left out beside the wake word's voice; None where nobody asked for that.
    """

    recognition: Recognition
    outcome: Outcome | None
    interaction: Interaction | None = None
    speech: Speech | None = None
    before: tuple[Turn, ...] = ()
    context: Context = NO_CONTEXT
    anchoring: Anchoring | None = None


class Conversation:
    """One user's dialogue. Not shared between threads; the parts are.

    `outcomes` counts what became of the contexts of its follow-up turns. `screen` is the list that the device shows.
    """

    def __init__(self, parts: Parts, timeline: Timeline | None = None) -> None:
        self.timeline = timeline or Timeline()
        self.outcomes: Counter[Outcome] = Counter()
        self.parts = parts
        self.screen: tuple[str, ...] = ()
        self._shown: BiasList = EMPTY
        self._follow_up: FollowUp | None = None
        self._pending: Pending | None = None
        self._keeper = Keeper(parts.vault, self.timeline)

    @property
    def interaction_ids(self) -> tuple[str, ...]:
        """All interactions that were begun, oldest first."""
        return tuple(self._keeper.interaction_ids)

    @property
    def discarded(self) -> int:
        """How many interactions were forgotten at once, because no turn can follow them up."""
        return self._keeper.discarded

    @property
    def information(self) -> Mapping[str, str]:
        """What else is known, by its name, see `tell`."""
        return self._keeper.information

    @property
    def expects_speech(self) -> bool:
        """Whether the assistant has asked back, so that the next clip is a follow-up."""
        return self._pending is not None

    def hear(
        self,
        clip: Clip,
        context_enabled: bool = True,
        signals: Collection[Signal] | None = None,
        anchored: bool = False,
    ) -> TurnResult:
        """Recognise one utterance with whatever context is ready, answer it, and store the interaction.

        Args:
            clip: the utterance.
            context_enabled: False for ordinary recognition.
            signals: the sources of context that may be used, for this turn and for what is stored of it; None for all.
            anchored: whether only the voice that says the wake word counts, where the wake word is heard.

        Raises:
            Busy: too many others are waiting to be recognised; the conversation stays as it was.
        """
        self.timeline.mark(CLIP_RECEIVED, f"{clip.duration_s:.1f} s")
        before = self._keeper.last_turns if self.expects_speech else ()
        with self.parts.admission.turn(), self.parts.context.undisturbed():
            outcome, context = self._take_context(context_enabled)
            bias = context.bias if signals is None else keep_signals(context.bias, signals, before)
            recognition = self._recognize((clip,), bias)
            anchoring = None
            if anchored:
                recognition, anchoring = self._anchor(clip, bias, recognition)
        if outcome is not None:
            outcome = recognition.outcome if outcome == "used" else outcome
            self._count(outcome)
        result = TurnResult(recognition, outcome, before=before, context=context, anchoring=anchoring)
        if not recognition.text:
            return result
        if self._follow_up is not None:
            self._keeper.store_vector(self._follow_up, context)
        interaction, speech = self._answer(recognition.text, ALL_SIGNALS if signals is None else signals)
        return replace(result, interaction=interaction, speech=speech)

    def show(self, entries: Sequence[str]) -> None:
        """The device shows this list from now on, or none where it is empty.

        It is there before anybody speaks, so also an utterance that follows up nothing is heard with it.
        """
        self.screen = tuple(entries)
        self._shown = build_bias_list((item, 0.0) for item in screen_items(self.screen))

    def tell(self, name: str, text: str) -> None:
        """Say what else is known, such as `tell("preferences", "quiet places")`; an empty text takes it back."""
        self._keeper.information.pop(name, None)
        if text.strip():
            self._keeper.information[name] = text

    def note_heard(self, start_ms: float, end_ms: float) -> None:
        """The last reply was really heard from `start_ms` to `end_ms` of the timeline's clock."""
        self.timeline.add(REPLY_HEARD, start_ms, end_ms)
        self.note_reply_ended(end_ms)

    def note_reply_ended(self, at_ms: float | None = None) -> None:
        """The player says that the reply has been heard out, at that time of the timeline, or now."""
        if self._follow_up is not None:
            self._follow_up.note_reply_ended(at_ms)

    def note_microphone_opened(self, at_ms: float) -> None:
        """The user could speak from that time of the timeline on."""
        self.timeline.add(MICROPHONE_OPEN, at_ms, at_ms)

    def barge_in(self) -> None:
        """The user speaks into the reply, so the context's deadline is now."""
        if self._follow_up is not None:
            self._follow_up.barge_in()

    def export_window(self) -> dict[str, Any]:
        """How often each outcome came, and the stages, as plain values; no text that was spoken is among them."""
        counts = {outcome: self.outcomes[outcome] for outcome in get_args(Outcome)}
        return {"outcomes": counts, "stages": self.timeline.records()}

    def close(self) -> None:
        """Forget everything that this conversation stored, as far as the store can be reached."""
        for interaction_id in self.interaction_ids:
            self.parts.context.discard(interaction_id)
        self._keeper.forget_all()
        self._follow_up = self._pending = None

    def _take_context(self, enabled: bool) -> tuple[Outcome | None, Context]:
        """The outcome is None in a turn that follows up nothing; only what the device shows is known then."""
        if not self.expects_speech:
            return None, Context(None, self._shown if enabled else EMPTY)
        if not enabled:
            return "disabled", NO_CONTEXT
        return self._follow_up.take() if self._follow_up is not None else ("failed", NO_CONTEXT)

    def _count(self, outcome: Outcome) -> None:
        self.outcomes[outcome] += 1
        self.timeline.mark(OUTCOME, outcome)

    def _recognize(self, versions: Sequence[Clip], bias: BiasList) -> Recognition:
        start_ms = self.timeline.now_ms()
        with self.timeline.stage("recognised" if self.expects_speech else "utterance recognised"):
            recognition = self.parts.recognizer.recognize_best(versions, bias)
        encoded_ms = start_ms + recognition.encode_ms
        decoded_ms = encoded_ms + recognition.without_context.decode_ms
        self.timeline.add("clip encoded", start_ms, encoded_ms)
        self.timeline.add("decoded without context", encoded_ms, decoded_ms)
        if recognition.outcome == "used":
            biased_ms = decoded_ms + recognition.with_context.decode_ms
            self.timeline.add("decoded with context", decoded_ms, biased_ms, f"{len(recognition.prompted)} hotwords")
        return recognition

    def _anchor(self, clip: Clip, bias: BiasList, whole: Recognition) -> tuple[Recognition, Anchoring]:
        """The clip once more without what others say in it; the very same recognition where that is nothing."""
        heard, parts = whole.without_context, self.parts
        with self.timeline.stage("held against the wake word's voice"):
            anchored = leave_out_others(clip, heard, parts.recognizer, parts.voices)
        recognition, anchored = hear_filtered(clip, whole, anchored, lambda left: self._recognize(left, bias))
        return recognition, Anchoring(anchored.outcome, anchored.background, anchored.turned_down, whole)

    def _answer(self, utterance: str, signals: Collection[Signal]) -> tuple[Interaction, Speech]:
        with self.timeline.stage("assistant"):
            reply, self._pending = self.parts.assistant.reply(utterance, self._pending, self.screen)
        opened = self._keeper.begin()
        interaction = Interaction(opened.id if opened else new_interaction_id(), utterance, reply)
        self._follow_up = None
        if opened:
            self._follow_up = FollowUp(opened, Window(self.parts.context, self.parts.margin_s), self.timeline)
            self._keeper.store(self._follow_up, interaction, signals)
        self._keeper.note_round(interaction, opened.header.expires_at if opened else 0)
        with self.timeline.stage("reply synthesised"):
            speech = self.parts.voice.speak(reply.text)
        self._begin_reply(speech)
        if opened and not reply.expects_speech:
            self._follow_up = None
            self._keeper.discard(opened)
        return interaction, speech

    def _begin_reply(self, speech: Speech) -> None:
        """The reply's window, as planned: it is spoken from now on."""
        start_ms = self.timeline.now_ms()
        self.timeline.add(REPLY_SPOKEN, start_ms, start_ms + speech.duration_s * 1000.0)
        if self._follow_up is not None:
            self._follow_up.begin_reply(speech.duration_s)
