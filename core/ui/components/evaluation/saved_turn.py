"""Keep a turn as a test case: a line of a manifest and its clip, found again on the Evaluate page as a set."""

import io
import json
import threading
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import soundfile as sf
import streamlit as st

from core.conversation import TurnResult
from core.dialogue import ContextItem
from core.errors import ProjectError, RunError
from core.explanation import fold_words
from core.settings import Settings
from core.speech.audio import SAMPLE_RATE, Clip
from core.ui.session import LiveSession
from evals.manifest import MANIFEST, SIGNALS
from evals.results import make_folder, write_text

OWN_SET = "my_turns"
SAVED = "saved_turn"  # of the session: the clip by its attempt, and the name it got or why it got none
SOURCE = "kept on the Live page"

_lock = threading.Lock()  # two tabs may save at once


def draw_saving(session: LiveSession) -> None:
    """What was said, and a button; nothing is kept without the press."""
    result, reference = session.results[-1]
    clip, attempt = session.last_clip, session.attempt
    if clip is None:
        return
    st.header("Keep as a test case")
    said = f"said_{attempt}"
    st.text_input("What was really said", reference or result.recognition.text, key=said)
    # By callback: the page may be run anew before it has come down here, and the press would be lost.
    st.button(
        "Save this turn",
        f"save_{attempt}",
        help="Sound and text are kept unsealed.",
        on_click=_save,
        args=(attempt, result, clip, said),
    )
    of_attempt, saved = st.session_state.get(SAVED, (None, ""))
    if of_attempt == attempt:
        _tell(saved)


def _save(attempt: int, result: TurnResult, clip: Clip, said: str) -> None:
    try:
        saved: str | ProjectError = save_turn(
            Settings.from_env().data_dir / OWN_SET, result, clip, st.session_state[said] or ""
        )
    except ProjectError as error:
        saved = error
    st.session_state[SAVED] = attempt, saved


def _tell(saved: str | ProjectError) -> None:
    if isinstance(saved, ProjectError):
        st.error(str(saved))
    else:
        st.success(f"Saved as {saved} in the set {OWN_SET}, which the Evaluate page can run.")


def save_turn(folder: Path, result: TurnResult, clip: Clip, text: str) -> str:
    """Write the clip, then the line that names it; returns the utterance's name.

    Raises:
        RunError: the folder cannot be written to.
    """
    with _lock:
        make_folder(folder / "audio")
        path = folder / MANIFEST
        lines = path.read_text(encoding="utf-8") if path.exists() else ""
        name = f"turn-{lines.count(chr(10)) + 1:04d}"
        _write_clip(folder / "audio" / f"{name}.flac", clip)
        write_text(path, f"{lines}{json.dumps(_describe(name, result, clip, text), ensure_ascii=False)}\n")
    return name


def _describe(name: str, result: TurnResult, clip: Clip, text: str) -> dict[str, Any]:
    """The line of the manifest."""
    context = [hotword.item for hotword in result.context.bias.hotwords if hotword.item.signal in SIGNALS]
    bias_words = _find_bias_words(text, context)
    return {
        "audio_filepath": f"audio/{name}.flac",
        "duration": round(clip.duration_s, 4),
        "text": text,
        "utterance_id": name,
        "dialogue_id": name,
        "speaker": "user",
        "kind": _find_kind(text, context, bias_words),
        "dialogue": [asdict(turn) for turn in result.before],
        "context": [asdict(item) for item in context],
        "bias_words": bias_words,
        "slices": {},
        "source": SOURCE,
    }


def _find_bias_words(text: str, context: Sequence[ContextItem]) -> list[str]:
    """The words said that a context item holds."""
    known = {word for item in context for word in fold_words(item.text.split())}
    words = text.split()
    return [word for word, folded in zip(words, fold_words(words), strict=True) if folded in known]


def _find_kind(text: str, context: Sequence[ContextItem], bias_words: Sequence[str]) -> str:
    if not text.strip():
        return "no_speech"
    if not context:
        return "no_context"
    return "positive" if bias_words else "anti"


def _write_clip(path: Path, clip: Clip) -> None:
    encoded = io.BytesIO()
    sf.write(encoded, clip.samples, SAMPLE_RATE, format="FLAC", subtype="PCM_16")
    try:
        path.write_bytes(encoded.getvalue())
    except OSError as exc:
        raise RunError(f"{path.name} cannot be written to {path.parent}: {exc.strerror}.") from exc
