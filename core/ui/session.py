"""What one browser tab holds: its conversation, the turns heard in it, and what it has been set to."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from core.assistant import Assistant
from core.assistant.catalogue import Catalogue
from core.assistant.screen import opened_entry
from core.context.signals import keep_signals
from core.conversation import Conversation, Parts, TurnResult
from core.dialogue import Signal
from core.errors import ProjectError
from core.snapshot import Snapshot, TurnShot, shoot_turn, take_snapshot
from core.speech.anchored import leave_out_others
from core.speech.audio import Clip
from core.speech.voice import Speech
from core.ui.closed_tabs import TABS
from core.ui.resources import WarmUp

KEY = "live_session"
RECOGNISING = "Recognising…"
NOTHING_HEARD = "No speech heard. Please try again, closer to the microphone."
SIGNALS: tuple[Signal, ...] = (
    "prior_turn",
    "earlier_turns",
    "contacts",
    "devices",
    "places",
    "media",
    "screen",
    "preferences",
)
"""The signals that the demo has."""


@dataclass(frozen=True, slots=True)
class Pending:
    """Something that the user has asked for and that takes a while. `attempt` is the session's when it was asked."""

    attempt: int
    says: str
    work: Callable[[], None]


@dataclass(slots=True)
class LiveSession:
    """The Live page's state.

    Whatever takes a while is first asked for (`ask`, from a widget's callback, which no rerun can lose) and then done
    (`work_off`, from the page): a run of the page that is cut short leaves it to the next one.

    attempt: grows with each clip, so that input widgets come up empty for the next one, and what was asked twice for
        one clip is done once.
    last_clip: of the newest turn alone; sound is not kept longer.
    """

    parts: Parts
    conversation: Conversation
    catalogue: Catalogue
    results: list[tuple[TurnResult, str | None]] = field(default_factory=list)
    attempt: int = 0
    problem: str | None = None
    reply_unheard: bool = False
    context_enabled: bool = True
    signals: frozenset[Signal] = frozenset(SIGNALS)
    anchored: bool = False
    likes: str = ""
    last_clip: Clip | None = None
    what_if: TurnShot | None = None
    pending: Pending | None = None

    def ask(self, work: Callable[[], None], says: str = RECOGNISING) -> None:
        """Have something done in this run of the page, or the next."""
        self.pending = Pending(self.attempt, says, work)

    def work_off(self) -> None:
        """Do what was asked for, unless another clip has been heard since."""
        pending, self.pending = self.pending, None
        if pending is not None and pending.attempt == self.attempt:
            pending.work()

    def hear(self, data: bytes, reference: str | None = None) -> None:
        """Decode and recognise one clip. What is wrong with it is kept in `problem`; the conversation goes on."""
        self.hear_from(lambda: self._decode(data), reference)

    def hear_from(self, record: Callable[[], Clip], reference: str | None = None) -> None:
        """Like `hear`, with whatever brings the clip. Nothing in here draws, so no rerun can cut it in two."""
        self.attempt += 1
        self.problem = None
        try:
            self._hear(record(), reference)
        except ProjectError as exc:
            self.problem = str(exc)

    def note_heard(self, reply_id: str, from_ago_ms: float, to_ago_ms: float) -> None:
        """The reply of that name was heard; times in milliseconds before now."""
        if self.reply_unheard and reply_id == self.reply_id:
            self.reply_unheard = False
            now_ms = self.conversation.timeline.now_ms()
            self.conversation.note_heard(now_ms - from_ago_ms, now_ms - to_ago_ms)

    def note_barged_in(self, reply_id: str) -> None:
        """The user has begun to speak before the end of the reply of that name."""
        if self.reply_unheard and reply_id == self.reply_id:
            self.reply_unheard = False
            self.conversation.barge_in()

    def note_microphone_opened(self, ago_ms: float) -> None:
        """The microphone has been open for so long."""
        self.conversation.note_microphone_opened(self.conversation.timeline.now_ms() - ago_ms)

    def decode_again(self, signals: frozenset[Signal]) -> None:
        """What the last clip would have read with these signals; the conversation does not change."""
        if self.last_clip is None or not self.results:
            return
        result, reference = self.results[-1]
        anchoring, parts = result.anchoring, self.parts
        versions: Sequence[Clip] = (self.last_clip,)
        bias = keep_signals(result.context.bias, signals, result.before)
        try:
            with parts.admission.turn():
                if anchoring is not None and anchoring.outcome == "filtered":
                    heard = anchoring.whole.without_context
                    versions = leave_out_others(self.last_clip, heard, parts.recognizer, parts.voices).versions
                recognition = parts.recognizer.recognize_best(versions, bias)
        except ProjectError as exc:
            self.problem = str(exc)
            return
        self.what_if = shoot_turn(replace(result, recognition=recognition, outcome=recognition.outcome), reference)

    def use_catalogue(self, catalogue: Catalogue) -> None:
        """From the next turn on the assistant of this tab knows these contacts, devices and places."""
        self.catalogue = catalogue
        self.conversation.parts = self.parts = replace(self.parts, assistant=Assistant(catalogue))

    def show(self, entries: Sequence[str]) -> None:
        """The device shows this list from now on."""
        self.conversation.show(entries)

    def tell_likes(self, likes: str) -> None:
        """What the user likes, from the next question on."""
        self.likes = likes
        self.conversation.tell("preferences", likes)

    def start_over(self) -> None:
        """Forget this conversation and begin another, before the same screen."""
        screen = self.screen
        self.conversation.close()
        self.conversation = Conversation(self.parts)
        self.show(screen)
        self.tell_likes(self.likes)
        self.results.clear()
        self.attempt += 1
        self.problem = self.last_clip = self.what_if = None

    def forget(self) -> None:
        """The tab was closed: nothing of it stays in the two tables."""
        self.conversation.close()

    def take_snapshot(self) -> Snapshot:
        """What there is to see."""
        return take_snapshot(self.conversation, self.results)

    @property
    def screen(self) -> tuple[str, ...]:
        """The list that the device shows."""
        return self.conversation.screen

    @property
    def opened(self) -> str | None:
        """The entry of the shown list that the last turn opened."""
        interaction = self.results[-1][0].interaction if self.results else None
        return opened_entry(interaction.reply) if interaction else None

    @property
    def reply_id(self) -> str:
        """The name of the last reply, new for each."""
        interaction = self.results[-1][0].interaction if self.results else None
        return interaction.id if interaction else ""

    @property
    def reply_speech(self) -> Speech | None:
        """The last reply, spoken."""
        return self.results[-1][0].speech if self.results else None

    def _decode(self, data: bytes) -> Clip:
        """Where too many are speaking, that is told before anything is decoded."""
        self.parts.admission.check()
        return self.parts.decoder.decode(data)

    def _hear(self, clip: Clip, reference: str | None) -> None:
        result = self.conversation.hear(clip, self.context_enabled, self.signals, self.anchored)
        if result.interaction is None:
            self.problem = NOTHING_HEARD
            return
        self.results.append((result, reference))
        self.last_clip = clip
        self.what_if = None
        self.reply_unheard = True


def live_session(state: WarmUp) -> LiveSession | None:
    """This tab's session; None until everything is loaded."""
    if state.parts is None or state.catalogue is None:
        return None
    if KEY not in st.session_state:
        st.session_state[KEY] = LiveSession(state.parts, Conversation(state.parts), state.catalogue)
        if (context := get_script_run_ctx()) is not None:
            TABS.note(context.session_id, st.session_state[KEY].forget)
    session: LiveSession = st.session_state[KEY]
    return session
