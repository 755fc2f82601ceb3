"""The app as Streamlit runs it without a browser, on a server whose models are loaded."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.ui.resources import warm_up
from tests.paths import ROOT

LOADED_WITHIN_S = 180
PAGES = ROOT / "core" / "ui" / "pages"


@contextmanager
def serve(state: Path) -> Iterator[None]:
    """Loading begins with the first page that is opened."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("STORE", f"sqlite:{state / 'context.sqlite3'}")
        environment.setenv("ROOT_KEY_FILE", str(state / "root.key"))
        warm_up.clear()
        yield
        wait_until_warm()
        parts = warm_up().parts
        assert parts is not None
        parts.close()
        warm_up.clear()


def open_page(name: str) -> AppTest:
    """A new tab on that page."""
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run()
    return app.switch_page(str(PAGES / f"{name}.py")).run()


def wait_until_warm() -> None:
    deadline_s = time.monotonic() + LOADED_WITHIN_S
    while not warm_up().is_over:
        assert time.monotonic() < deadline_s, "the models were never loaded"
        time.sleep(0.1)


def texts(app: AppTest) -> list[str]:
    """All plain text and all own HTML on the page."""
    return [element.value for element in app.text] + [element.proto.body for element in app.get("html")]


def press(app: AppTest, label: str) -> AppTest:
    """The button whose label begins so."""
    [button] = [button for button in app.button if button.label.startswith(label)]
    return button.click().run()


def unfold(app: AppTest, key: str) -> AppTest:
    """The folded part with that key, as by a click on its label."""
    app.session_state[key] = True
    return app.run()


def ask_by_sample(app: AppTest) -> AppTest:
    """The sample's first turn, and its context ready."""
    press(app, "Use the clip")
    wait_for_context(app)
    return app


def wait_for_context(app: AppTest) -> None:
    talk = app.session_state["live_session"].conversation
    deadline_s = time.monotonic() + 60
    while all(stage.name != "context vector and bias list" for stage in talk.timeline.stages()):
        assert time.monotonic() < deadline_s
        time.sleep(0.02)
