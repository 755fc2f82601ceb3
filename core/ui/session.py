"""What one browser tab holds: its conversation, and the turns heard in it."""

from dataclasses import dataclass, field

import streamlit as st

from core.conversation import Conversation, Parts, TurnResult
from core.errors import ProjectError
from core.speech.audio import Clip, decode_clip

KEY = "live_session"
NOTHING_HEARD = "No speech heard. Please try again, closer to the microphone."


@dataclass(slots=True)
class LiveSession:
    """The Live page's state. `attempt` grows with each clip, so that input widgets come up empty for the next one."""

    parts: Parts
    conversation: Conversation
    results: list[tuple[TurnResult, str | None]] = field(default_factory=list)
    attempt: int = 0
    problem: str | None = None
    reply_unheard: bool = False

    def hear(self, data: bytes, reference: str | None, context_enabled: bool) -> None:
        """Decode and recognise one clip. What is wrong with it is kept in `problem`; the conversation goes on."""
        self.attempt += 1
        self.problem = None
        try:
            self._hear(decode_clip(data), reference, context_enabled)
        except ProjectError as exc:
            self.problem = str(exc)

    def start_over(self) -> None:
        """Forget this conversation and begin another."""
        self.conversation.close()
        self.conversation = Conversation(self.parts)
        self.results.clear()
        self.attempt += 1
        self.problem = None

    def _hear(self, clip: Clip, reference: str | None, context_enabled: bool) -> None:
        result = self.conversation.hear(clip, context_enabled)
        if result.interaction is None:
            self.problem = NOTHING_HEARD
            return
        self.results.append((result, reference))
        self.reply_unheard = True


def live_session(parts: Parts) -> LiveSession:
    """This tab's session."""
    if KEY not in st.session_state:
        st.session_state[KEY] = LiveSession(parts, Conversation(parts))
    session: LiveSession = st.session_state[KEY]
    return session
