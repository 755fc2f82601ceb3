"""The microphone that opens again: plays the reply in the browser, tells when it was heard, returns one utterance."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from core.errors import AudioBroken
from core.speech.end_of_speech import EndOfSpeech
from core.speech.microphone import BLOCK_S, PRE_ROLL_S
from core.speech.voice import Speech

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
    """What was said into the browser's microphone, as a WAV file; `id` is new for each."""

    id: str
    wav: bytes


def open_microphone(reply: Spoken | None, listens: bool) -> tuple[Heard | None, Utterance | None]:
    """Draw it; what it reports is there in one run of the page only.

    Args:
        reply: what is to be played, if anything.
        listens: whether the browser's microphone may be used.

    Raises:
        AudioBroken: what came back is no file.
    """
    data = {"listens": listens, "limits": LIMITS, "reply": None, "reply_id": None, "play": False, "reopens": False}
    if reply is not None:
        wav = base64.b64encode(reply.speech.wav).decode("ascii")
        data |= {"reply": wav, "reply_id": reply.id, "play": reply.play, "reopens": listens and reply.reopens}
    told = _mount(data=data, key="open_microphone", on_heard_change=_ignore, on_utterance_change=_ignore)
    return _read_heard(told.get("heard")), _read_utterance(told.get("utterance"))


def _read_heard(told: Mapping[str, Any] | None) -> Heard | None:
    if not told:
        return None
    return Heard(str(told["reply_id"]), float(told["from_ago_ms"]), float(told["to_ago_ms"]))


def _read_utterance(told: Mapping[str, Any] | None) -> Utterance | None:
    if not told:
        return None
    try:
        return Utterance(str(told["id"]), base64.b64decode(told["wav"], validate=True))
    except (binascii.Error, KeyError, TypeError) as exc:
        raise AudioBroken("The browser sent no recording: reload the page and try again.") from exc


def _ignore() -> None:
    """A trigger needs a callback to have a name; what it tells is read from the result."""
