"""What the browser says of its microphone and of this page's origin; it stays in the browser."""

from pathlib import Path

import streamlit as st

_FOLDER = Path(__file__).parent
_mount = st.components.v2.component(
    "browser_check",
    html="<ul></ul>",
    css="ul { margin: 0; padding-left: 1.2rem; color: var(--st-text-color); overflow-wrap: anywhere; }",
    js=(_FOLDER / "browser_check.js").read_text(encoding="utf-8"),
)


def check_browser() -> None:
    """Draw the list."""
    _mount(key="browser_check")
