"""Where the next clip comes from: a recorded sample, the browser's microphone, this machine's, or a file."""

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner import get_script_run_ctx

from core.scenario import Scenario, ScenarioTurn
from core.speech.audio import Clip
from core.speech.microphone import open_microphone as open_here
from core.speech.microphone import record_utterance
from core.ui.components.microphone import MAX_S, Heard, Spoken, Utterance, open_microphone
from core.ui.session import LiveSession

SAMPLE, MICROPHONE, HERE, FILE = "Sample", "Microphone", "This machine's microphone", "File"
HANDS_FREE = "Hands-free: the microphone opens by itself after a question"
LISTENING = "Listening with this machine's microphone. Speak now; it ends by itself."


def runs_locally() -> bool:
    """Whether the browser runs on the server's own machine, so that its microphone is the user's."""
    return st.context.ip_address is None


@dataclass(frozen=True, slots=True)
class ClipSource:
    """Where the next clip comes from. scenario: the sample dialogue, where it comes from there."""

    name: str
    hands_free: bool
    scenario: Scenario | None


def choose_source(session: LiveSession, scenarios: Sequence[Scenario]) -> ClipSource:
    """Widgets for where the next clip comes from."""
    sources = [SAMPLE, MICROPHONE, *([HERE] if runs_locally() else []), FILE]
    chosen = st.segmented_control(
        "Clip from", sources, default=SAMPLE, required=True, key="clip_source", persist_state="session"
    )
    name = chosen or SAMPLE
    hands_free = name in {MICROPHONE, HERE} and st.toggle(HANDS_FREE, True, "hands_free", persist_state="session")
    return ClipSource(name, hands_free, _choose_sample(session, scenarios) if name == SAMPLE else None)


def ask_for_clip(session: LiveSession, source: ClipSource) -> None:
    """The last reply, and widgets for the next clip."""
    _exchange(session, source)
    if source.scenario is not None:
        _ask_for_sample(session, source.scenario)
    elif source.name == HERE:
        st.button("Speak", key=f"here_{session.attempt}", on_click=listen_here, args=(session,))
    elif source.name == FILE:
        _ask_for_file(session)


def _exchange(session: LiveSession, source: ClipSource) -> None:
    """The browser plays the reply, tells when it was heard, and may listen."""
    reply = None
    reopens = source.hands_free and session.conversation.expects_speech
    if (speech := session.reply_speech) is not None:
        reply = Spoken(speech, session.reply_id, session.reply_unheard, reopens)

    def note_heard(heard: Heard) -> None:
        session.note_heard(heard.reply_id, heard.from_ago_ms, heard.to_ago_ms)
        if reopens and source.name == HERE:
            listen_here(session)

    def hear(utterance: Utterance) -> None:
        session.note_microphone_opened(utterance.open_ago_ms)
        session.ask(lambda: session.hear(utterance.wav))

    listens = source.name == MICROPHONE
    if reply is not None or listens:
        open_microphone(reply, listens, note_heard, session.note_barged_in, hear)


def _choose_sample(session: LiveSession, scenarios: Sequence[Scenario]) -> Scenario:
    """A dialogue that needs a list on the device's screen puts it there."""
    by_title = {scenario.title: scenario for scenario in scenarios}

    def note() -> None:
        if screen := by_title[st.session_state["sample"]].screen:
            session.show(screen)

    return by_title[st.selectbox("Sample dialogue", list(by_title), key="sample", on_change=note)]


def _ask_for_sample(session: LiveSession, scenario: Scenario) -> None:
    """The clip that fits; each of them where none of them answers a question."""
    fitting = scenario.turns[int(session.conversation.expects_speech) % len(scenario.turns)]
    for number, recorded in enumerate(scenario.turns if scenario.screen else (fitting,)):
        st.audio(recorded.audio.read_bytes(), format="audio/flac", alt="The sample clip")
        label = f"Use the clip “{recorded.reference}” of “{scenario.title}”"
        key = f"sample_{session.attempt}_{number}"
        st.button(label, key=key, on_click=_use_sample, args=(session, recorded))


def _use_sample(session: LiveSession, recorded: ScenarioTurn) -> None:
    session.ask(lambda: session.hear(recorded.audio.read_bytes(), recorded.reference))


def listen_here(session: LiveSession) -> None:
    """The page's run waits until the utterance is over."""
    session.note_barged_in(session.reply_id)  # where the reply is still being spoken

    def record() -> Clip:
        session.note_microphone_opened(0.0)
        return record_utterance(MAX_S, open_stream=open_here)

    session.ask(lambda: session.hear_from(record), LISTENING)


def _ask_for_file(session: LiveSession) -> None:
    label = "WAV, FLAC, MP3 or OGG; at most 30 s and 10 MB"
    key = f"file_{session.attempt}"
    types = ["wav", "flac", "mp3", "ogg"]
    st.file_uploader(label, type=types, key=key, on_change=_use_file, args=(session, key))


def _use_file(session: LiveSession, key: str) -> None:
    if (uploaded := st.session_state[key]) is not None:
        data = uploaded.getvalue()
        _drop_upload(uploaded.file_id)
        session.ask(lambda: session.hear(data))


def _drop_upload(file_id: str) -> None:
    """Streamlit itself keeps what was uploaded for as long as the tab is open."""
    context = get_script_run_ctx()
    if context is not None and isinstance(context.uploaded_file_mgr, MemoryUploadedFileManager):
        context.uploaded_file_mgr.remove_file(context.session_id, file_id)
