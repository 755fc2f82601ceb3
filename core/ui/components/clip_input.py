"""Where the next clip comes from: a recorded sample, the browser's microphone, this machine's, or a file."""

import streamlit as st

from core.scenario import Scenario
from core.speech.microphone import open_microphone as open_here
from core.speech.microphone import record_utterance
from core.ui.components.microphone import MAX_S, Spoken, open_microphone
from core.ui.session import LiveSession

SAMPLE, MICROPHONE, HERE, FILE = "Sample", "Microphone", "This machine's microphone", "File"
HANDS_FREE = "Hands-free: the microphone opens by itself after a question"


def runs_locally() -> bool:
    """Whether the browser runs on the server's own machine, so that its microphone is the user's."""
    return st.context.ip_address is None


def ask_for_clip(session: LiveSession, scenario: Scenario) -> bool:
    """Widgets for the next clip, and the last reply; returns whether something was heard, well or not."""
    sources = [SAMPLE, MICROPHONE, *([HERE] if runs_locally() else []), FILE]
    source = st.segmented_control(
        "Clip from", sources, default=SAMPLE, required=True, key="clip_source", persist_state="session"
    )
    hands_free = source in {MICROPHONE, HERE} and st.toggle(HANDS_FREE, True, "hands_free", persist_state="session")
    attempt = session.attempt
    should_listen = _exchange(session, listens=source == MICROPHONE, reopens=hands_free)
    if source == SAMPLE:
        _ask_for_sample(session, scenario)
    elif source == HERE:
        _ask_here(session, should_listen and hands_free)
    elif source == FILE:
        _ask_for_file(session)
    return session.attempt > attempt


def _exchange(session: LiveSession, listens: bool, reopens: bool) -> bool:
    """The browser plays the reply and may listen; returns whether a question has just been heard to its end."""
    reply = None
    if (speech := session.reply_speech) is not None:
        asks = session.conversation.expects_speech
        reply = Spoken(speech, session.reply_id, session.reply_unheard, reopens and asks)
    elif not listens:
        return False
    heard, utterance = open_microphone(reply, listens)
    if heard is not None:
        session.note_heard(heard.reply_id, heard.from_ago_ms, heard.to_ago_ms)
    if utterance is not None:
        with st.spinner("Recognising…"):
            session.hear_once(utterance.id, utterance.wav)
    return heard is not None and session.conversation.expects_speech


def _ask_for_sample(session: LiveSession, scenario: Scenario) -> None:
    recorded = scenario.turns[int(session.conversation.expects_speech) % len(scenario.turns)]
    st.audio(recorded.audio.read_bytes(), format="audio/flac", alt="The sample clip")
    label = f"Use the clip “{recorded.reference}” of “{scenario.title}”"
    if st.button(label, key=f"sample_{session.attempt}"):
        with st.spinner("Recognising…"):
            session.hear(recorded.audio.read_bytes(), recorded.reference)


def _ask_here(session: LiveSession, should_listen: bool) -> None:
    """Waits in this run of the page until the utterance is over; the conversation's other widgets wait as long."""
    if st.button("Speak", key=f"here_{session.attempt}") or should_listen:
        with st.spinner("Listening with this machine's microphone. Speak now; it ends by itself."):
            session.hear_from(lambda: record_utterance(MAX_S, open_stream=open_here))


def _ask_for_file(session: LiveSession) -> None:
    label = "WAV, FLAC, MP3 or OGG; at most 30 s and 10 MB"
    types = ["wav", "flac", "mp3", "ogg"]
    uploaded = st.file_uploader(label, type=types, key=f"file_{session.attempt}")
    if uploaded is not None:
        with st.spinner("Recognising…"):
            session.hear(uploaded.getvalue())
