import streamlit as st

from core.scenario import Scenario, load_scenarios
from core.snapshot import Snapshot, read_snapshot, take_snapshot
from core.ui.components.clip_input import ask_for_clip
from core.ui.components.dialogue import draw_dialogue, follow_up_turns
from core.ui.components.tables import draw_tables
from core.ui.components.timeline import draw_timeline
from core.ui.components.transcripts import draw_transcripts
from core.ui.resources import WarmUp, warm_up
from core.ui.session import LiveSession, live_session


@st.fragment(run_every=1.0)
def show_warm_up(state: WarmUp) -> None:
    """Tell what is being loaded; the whole page runs again once it is over."""
    if state.is_over:
        st.rerun()
    st.status(f"Loading: {state.step}. The result below was computed before.", state="running")


def draw_input(session: LiveSession, scenario: Scenario) -> None:
    """Ask for the next clip, and hear it."""
    follow_up = session.conversation.expects_speech
    with st.container(border=True):
        st.subheader("Answer the question" if follow_up else "Ask for something")
        if not follow_up:
            st.caption("For example “Call Meg”, “Turn on the light”, “Coffee shops near here”, “Play some music”.")
        context_enabled = st.toggle("Use the dialogue's context", value=True)
        clip = ask_for_clip(scenario, int(follow_up), session.attempt)
        if clip is not None:
            with st.spinner("Recognising…"):
                session.hear(clip.data, clip.reference, context_enabled)
            st.rerun()
        if session.problem:
            st.error(session.problem)
        if session.results and st.button("Start over"):
            session.start_over()
            st.rerun()


def play_reply(session: LiveSession) -> None:
    """The assistant's last reply, spoken by itself the first time."""
    if session.results and (speech := session.results[-1][0].speech) is not None:
        st.audio(speech.wav, autoplay=session.reply_unheard)
        session.reply_unheard = False


def draw_snapshot(snapshot: Snapshot) -> None:
    """All there is to see of a conversation, live or computed before."""
    draw_dialogue(snapshot)
    for place in follow_up_turns(snapshot):
        draw_transcripts(snapshot.turns[place])
    st.subheader("What happened when")
    draw_timeline(snapshot.stages)
    st.subheader("What was stored")
    draw_tables(snapshot)


def draw_page() -> None:
    """The page from top to bottom."""
    st.title("Do you mean Meg Jones or Meg Bauer?")
    st.write("The dialogue tells the recogniser what might be said next. The same clip, without context and with it.")
    scenario = load_scenarios()[0]
    state = warm_up()
    if state.error:
        st.error(state.error)
    session = live_session(state.parts) if state.parts else None
    if session is not None:
        draw_input(session, scenario)
        play_reply(session)
    elif not state.is_over:
        show_warm_up(state)
    if session is not None and session.results:
        st.badge("Live, decoded just now", color="green")
        draw_snapshot(take_snapshot(session.conversation, session.results))
    else:
        snapshot = read_snapshot(scenario.snapshot_path)
        st.badge(f"Precomputed on {snapshot.made_on} with {snapshot.model}", color="blue")
        draw_snapshot(snapshot)


draw_page()
