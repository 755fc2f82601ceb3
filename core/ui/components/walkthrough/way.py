"""The way through the scenes: Back and Next, their keys, a number for each, and a link that leads back to it."""

from typing import cast

import streamlit as st

from core.ui.components.walkthrough.scenes import SCENES, Scene, Wording

SCENE, WORDING = "scene", "wording"
NUMBERS = range(1, len(SCENES) + 1)


def choose_scene() -> tuple[Scene, str]:
    """The scene that is shown, and its text in the words that are asked for; both choices stand in the page's address."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        here = st.session_state.get(SCENE) or 1
        st.button("Back", shortcut="Left", disabled=here == 1, on_click=_go, args=(here - 1,))
        number = st.segmented_control("Scene", NUMBERS, default=1, required=True, key=SCENE, bind="query-params")
        st.button(
            "Next", type="primary", shortcut="Right", disabled=here == len(SCENES), on_click=_go, args=(here + 1,)
        )
        wording = st.segmented_control(
            "Wording", ["plain", "technical"], default="plain", required=True, key=WORDING, bind="query-params"
        )
    scene = SCENES[(number or 1) - 1]
    return scene, scene.tell(cast(Wording, wording or "plain"))


def _go(number: int) -> None:
    st.session_state[SCENE] = min(max(number, 1), len(SCENES))
