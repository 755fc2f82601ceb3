"""A tab that was closed leaves nothing behind: the app as its own process, with less patience than it usually has."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.store.sqlite import SqliteStore
from evals.benchmarks.app_server import app_url, start_app, wait_until_served
from evals.benchmarks.tab import Tab
from evals.load import ask, wait_until_warm
from tests.clock import wait_until

WITHIN_S = 60.0  # far less than the five minutes for which a context lives
IMPATIENT = """
import sys
from core.ui import closed_tabs
closed_tabs.CLOSED_S, closed_tabs.LOOK_EVERY_S = 2.0, 0.1
from streamlit.web.cli import main
sys.argv[0] = "streamlit"
main()
"""


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    with start_app(tmp_path, program=("-c", IMPATIENT)) as port:
        wait_until_served(port)
        yield app_url(port)


def test_what_was_said_in_a_closed_tab_leaves_the_tables_and_in_an_open_one_it_stays(url: str, tmp_path: Path) -> None:
    with Tab(url, "live") as opened:
        wait_until_warm(opened)
        with Tab(url, "live") as closed:
            closed.run()
            assert ask(closed).is_answered
            assert ask(opened).is_answered
            store = SqliteStore(tmp_path / "context.sqlite3")
            both = store.contents().entries
        wait_until(lambda: 0 < store.contents().entries < both, WITHIN_S)
        assert ask(opened).is_answered
    wait_until(lambda: not store.holds_rows(), WITHIN_S)
    store.close()
