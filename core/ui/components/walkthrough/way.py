"""The way through the scenes: a number for each, Back and Next with their keys, and a link that leads back to it."""

from typing import cast

import streamlit as st

from core.ui.components.walkthrough.scenes import SCENES, Scene, Wording

SCENE, WORDING = "scene", "wording"
NUMBERS = range(1, len(SCENES) + 1)


def choose_scene() -> tuple[Scene, str]:
    """The scene that is shown, and its text in the wording chosen; both choices stand in the page's address."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        number = st.segmented_control("Scene", NUMBERS, default=1, required=True, key=SCENE, bind="query-params") or 1
        st.button("Back", shortcut="Left", disabled=number == NUMBERS[0], on_click=_go, args=(number - 1,))
        is_last = number == NUMBERS[-1]
        st.button("Next", shortcut="Right", disabled=is_last, on_click=_go, args=(number + 1,))
        wording = st.segmented_control(
            "Wording", ["plain", "technical"], default="plain", required=True, key=WORDING, bind="query-params"
        )
    scene = SCENES[number - 1]
    return scene, scene.tell(cast(Wording, wording or "plain"))


def _go(number: int) -> None:
    st.session_state[SCENE] = number
