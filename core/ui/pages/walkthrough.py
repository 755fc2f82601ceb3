import streamlit as st

from core import scenario as scenarios
from core.errors import ProjectError
from core.settings import Settings
from core.snapshot import read_snapshot
from core.ui.components.evaluation.verdict import draw_verdict
from core.ui.components.walkthrough.scenes import SCENES, Scene
from core.ui.components.walkthrough.show import Played, show_scene
from core.ui.components.walkthrough.way import choose_scene


def draw_headline() -> None:
    """What the committed run says, or which setting is wrong."""
    try:
        draw_verdict(Settings.from_env().data_dir)
    except ProjectError as error:
        st.error(str(error))


def draw_scene(scene: Scene, text: str) -> None:
    """One scene from its title to its picture, or why it cannot be shown."""
    try:
        scenario = scenarios.load_scenario(scenarios.SHIPPED / scene.dialogue)
        played = Played(scenario, read_snapshot(scenario.snapshot_path))
    except ProjectError as error:
        st.error(str(error))
        return
    st.header(f"{SCENES.index(scene) + 1}. {scene.title}")
    st.markdown(text)
    show_scene(scene, played)


def draw_page() -> None:
    """The page from top to bottom."""
    st.title("Do you mean Meg Jones or Meg Bauer?")
    draw_headline()
    draw_scene(*choose_scene())
    st.markdown("Keys: → next, ← back. The address of this page leads back to this scene.")


draw_page()
