"""What all users of one server share: the settings and the loaded parts, loaded behind the first page."""

import atexit
import gc
import threading

import streamlit as st

from core.assistant import Catalogue, load_catalogue
from core.conversation import Parts, load_parts
from core.errors import ProjectError
from core.settings import Settings
from core.ui.housekeeping import Housekeeper

CONTEXT_MODEL_WITHIN_S = 180.0


class WarmUp:
    """Loads the parts in a thread. `steps` tells what is being loaded and what was before; `error` what went wrong.

    It waits for `begin`, so that a page can draw what it has before the models take the processor.
    """

    def __init__(self) -> None:
        self.steps: list[str] = []
        self.parts: Parts | None = None
        self.catalogue: Catalogue | None = None
        self.error: str | None = None
        self._thread = threading.Thread(target=self._load, daemon=True)
        self._lock = threading.Lock()

    @property
    def is_over(self) -> bool:
        """Whether there is nothing more to wait for."""
        return self.parts is not None or self.error is not None

    def begin(self) -> None:
        """Start loading, unless that was done already."""
        with self._lock:
            if self._thread.ident is None:
                self._thread.start()

    def _load(self) -> None:
        try:
            settings = Settings.from_env()
            parts = load_parts(settings, self.steps.append)
            atexit.register(parts.close)
            self.catalogue = load_catalogue(settings.data_dir)
            self.steps.append("the embedding model's first answer")
            parts.context.wait_until_loaded(CONTEXT_MODEL_WITHIN_S)
            _spare_the_collector()
            Housekeeper(parts.admission)
            self.parts = parts
        except ProjectError as exc:
            self.error = str(exc)
        except Exception as exc:  # noqa: BLE001 - a thread's error would be seen by nobody
            self.error = f"The parts could not be loaded ({type(exc).__name__}); see the README's list of requirements."


def _spare_the_collector() -> None:
    """What is loaded now stays until the end, so no collection needs to look at it again.

    A full collection over the million objects of libraries and models takes 90 ms, in which nobody else's Python moves.
    The second one finds nothing, which Python remembers: it puts the next one off until a quarter as many objects have
    come as the last one found, and after the first that would be what belonged to a hundred closed tabs.
    """
    gc.collect()
    gc.freeze()
    gc.collect()


@st.cache_resource(show_spinner=False)
def warm_up() -> WarmUp:
    """The one warm-up of this server."""
    return WarmUp()


@st.fragment(run_every=1.0)
def show_warm_up(state: WarmUp) -> None:
    """Tell what is being loaded; the whole page runs again once it is over."""
    if state.is_over:
        st.rerun()
    *done, current = state.steps or ["starting"]
    with st.status(f"Loading: {current}", state="running", expanded=True):
        for step in done:
            st.markdown(f"✓ {step}")
