"""Where the next clip comes from: a recorded sample, the microphone, or a file."""

from dataclasses import dataclass

import streamlit as st

from core.scenario import Scenario

SAMPLE, MICROPHONE, FILE = "Sample", "Microphone", "File"


@dataclass(frozen=True, slots=True)
class ClipInput:
    """A clip that the user has just given. `reference` is what is said in it, where that is known."""

    data: bytes
    reference: str | None = None


def ask_for_clip(scenario: Scenario, turn: int, attempt: int) -> ClipInput | None:
    """Widgets for one clip; `turn` counts from 0. None until the user has given one."""
    source = st.segmented_control("Clip from", [SAMPLE, MICROPHONE, FILE], default=SAMPLE, key="clip_source")
    if source == MICROPHONE:
        recorded = st.audio_input("Record, speak, stop", sample_rate=16000, key=f"microphone_{attempt}")
        return ClipInput(recorded.getvalue()) if recorded else None
    if source == FILE:
        uploaded = st.file_uploader(
            "WAV, FLAC, MP3 or OGG; at most 30 s and 10 MB", type=["wav", "flac", "mp3", "ogg"], key=f"file_{attempt}"
        )
        return ClipInput(uploaded.getvalue()) if uploaded else None
    return _ask_for_sample(scenario, turn)


def _ask_for_sample(scenario: Scenario, turn: int) -> ClipInput | None:
    recorded = scenario.turns[turn % len(scenario.turns)]
    st.audio(recorded.audio.read_bytes(), format="audio/flac")
    if st.button(f"Use the clip “{recorded.reference}” of “{scenario.title}”", type="primary"):
        return ClipInput(recorded.audio.read_bytes(), recorded.reference)
    return None
