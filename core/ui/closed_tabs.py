"""Tabs that were closed: what was said in them is forgotten soon.

Streamlit keeps a closed tab for two minutes, in case that it comes back; but after them only until another tab closes,
which may be never.
"""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

import streamlit as st
from streamlit.runtime import get_instance

CLOSED_S = 90.0  # less than Streamlit's two minutes: what it takes for gone it does not find any more
LOOK_EVERY_S = 5.0
MOST_CLOSED = 128  # of which Streamlit would still find any


@dataclass(slots=True)
class _Tab:
    forget: Callable[[], None]
    closed_at_s: float | None = None


class Tabs:
    """The tabs that hold something. Safe to share between threads."""

    def __init__(self, clock_s: Callable[[], float] = time.monotonic) -> None:
        self._clock_s = clock_s
        self._lock = threading.Lock()
        self._tabs: dict[str, _Tab] = {}

    def note(self, tab_id: str, forget: Callable[[], None]) -> None:
        """This one does from now on; `forget` is called once it was closed for long enough."""
        with self._lock:
            self._tabs[tab_id] = _Tab(forget)

    def take_closed(self, is_open: Callable[[str], bool]) -> list[tuple[str, Callable[[], None]]]:
        """Those closed for `CLOSED_S`, or before the newest `MOST_CLOSED`, with what forgets them; each once."""
        now_s = self._clock_s()
        with self._lock:
            for tab_id, tab in self._tabs.items():
                tab.closed_at_s = None if is_open(tab_id) else tab.closed_at_s or now_s
            closed = {tab_id: tab.closed_at_s for tab_id, tab in self._tabs.items() if tab.closed_at_s is not None}
            oldest_first = sorted(closed, key=lambda tab_id: closed[tab_id])
            kept = [tab_id for tab_id in oldest_first[-MOST_CLOSED:] if now_s - closed[tab_id] < CLOSED_S]
            return [(tab_id, self._tabs.pop(tab_id).forget) for tab_id in oldest_first if tab_id not in kept]


TABS = Tabs()
"""Those of this server."""


@asynccontextmanager
async def watch_closed_tabs(_: st.App) -> AsyncIterator[None]:
    """While the server runs."""
    watching = asyncio.create_task(_watch())
    yield
    watching.cancel()
    with suppress(asyncio.CancelledError):
        await watching


async def _watch() -> None:
    runtime = get_instance()
    while True:
        await asyncio.sleep(LOOK_EVERY_S)
        for tab_id, forget in TABS.take_closed(runtime.is_active_session):
            with suppress(Exception):  # whatever goes wrong with one tab, the others are still looked after
                await asyncio.to_thread(forget)  # the store may be far away
            runtime.close_session(tab_id)
