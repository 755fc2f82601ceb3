"""The microphone that opens again: plays the reply in the browser, tells when it was heard, returns one utterance."""

import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from core.errors import AudioBroken
from core.speech.end_of_speech import EndOfSpeech
from core.speech.microphone import BLOCK_S, PRE_ROLL_S
from core.speech.voice import Speech

KEY = "open_microphone"
SILENCE_S, MAX_S = 0.8, 15.0
LIMITS = {
    "block_s": BLOCK_S,
    "pre_roll_s": PRE_ROLL_S,
    "max_s": MAX_S,
    "silence_s": SILENCE_S,
    "floor_window_s": EndOfSpeech.FLOOR_WINDOW_S,
    "begin_rise_db": EndOfSpeech.BEGIN_RISE_DB,
    "go_on_rise_db": EndOfSpeech.GO_ON_RISE_DB,
    "min_loud_s": EndOfSpeech.MIN_LOUD_S,
    "quietest_dbfs": EndOfSpeech.QUIETEST_SPEECH_DBFS,
}

_FOLDER = Path(__file__).parent
_mount = st.components.v2.component(
    "open_microphone",
    html=(_FOLDER / "microphone.html").read_text(encoding="utf-8"),
    css=(_FOLDER / "microphone.css").read_text(encoding="utf-8"),
    js=(_FOLDER / "microphone.js").read_text(encoding="utf-8"),
)


@dataclass(frozen=True, slots=True)
class Spoken:
    """A reply to be played. `play` starts it by itself, once for each `id`; `reopens` opens the microphone after it."""

    speech: Speech
    id: str
    play: bool
    reopens: bool


@dataclass(frozen=True, slots=True)
class Heard:
    """A reply was heard, from and to so many milliseconds ago."""

    reply_id: str
    from_ago_ms: float
    to_ago_ms: float


@dataclass(frozen=True, slots=True)
class Utterance:
    """What was said into the browser's microphone: a WAV file, in base64. The microphone opened so long ago."""

    wav_base64: str
    open_ago_ms: float

    @property
    def wav(self) -> bytes:
        """The file.

        Raises:
            AudioBroken: what came back is no base64.
        """
        try:
            return base64.b64decode(self.wav_base64, validate=True)
        except binascii.Error as exc:
            raise AudioBroken("The browser sent no recording: reload the page and try again.") from exc


def open_microphone(
    reply: Spoken | None,
    listens: bool,
    on_heard: Callable[[Heard], None],
    on_barge_in: Callable[[str], None],
    on_utterance: Callable[[Utterance], None],
) -> None:
    """Draw it; what it reports comes as a call at the beginning of the page's next run.

    Args:
        reply: what is to be played, if anything.
        listens: whether the browser's microphone may be used.
        on_heard: called when the reply was heard to its end.
        on_barge_in: called with the reply's id when the user begins to speak before its end.
        on_utterance: called with what was said.
    """
    data = {"listens": listens, "limits": LIMITS, "reply": None, "reply_id": None, "play": False, "reopens": False}
    if reply is not None:
        wav = base64.b64encode(reply.speech.wav).decode("ascii")
        data |= {"reply": wav, "reply_id": reply.id, "play": reply.play, "reopens": listens and reply.reopens}
    _mount(
        data=data,
        key=KEY,
        on_heard_change=lambda: hand_over("heard", lambda told: on_heard(Heard(**told))),
        on_barged_in_change=lambda: hand_over("barged_in", lambda told: on_barge_in(told["reply_id"])),
        on_utterance_change=lambda: hand_over("utterance", lambda told: on_utterance(Utterance(**told))),
    )


def hand_over(report: str, take: Callable[[dict[str, Any]], None]) -> None:
    """Give a report of the component to the page. One that was under way while the user went to another page has none
    to go to: Streamlit calls nevertheless, when it has forgotten the component.
    """
    if KEY in st.session_state:
        take(st.session_state[KEY][report])
