"""Tabs that were closed: what was said in them is forgotten soon.

Streamlit keeps a closed tab for two minutes, in case that it comes back; but after them only until another tab closes,
which may be never.
"""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

import streamlit as st
from streamlit.runtime import get_instance

CLOSED_S = 90.0  # less than Streamlit's two minutes: what it takes for gone it does not find any more
LOOK_EVERY_S = 5.0


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

    def take_closed(
        self, is_open: Callable[[str], bool], for_s: float = CLOSED_S
    ) -> Iterator[tuple[str, Callable[[], None]]]:
        """Those that have been closed for so long, each once, with what forgets them."""
        with self._lock:
            for tab_id, tab in list(self._tabs.items()):
                if is_open(tab_id):
                    tab.closed_at_s = None
                elif tab.closed_at_s is None:
                    tab.closed_at_s = self._clock_s()
                elif self._clock_s() - tab.closed_at_s >= for_s:
                    yield tab_id, self._tabs.pop(tab_id).forget


TABS = Tabs()
"""Those of this server."""


@asynccontextmanager
async def watch_closed_tabs(_: st.App) -> AsyncIterator[None]:
    """While the server runs."""
    watching = asyncio.create_task(_watch(CLOSED_S, LOOK_EVERY_S))
    yield
    watching.cancel()
    with suppress(asyncio.CancelledError):
        await watching


async def _watch(closed_s: float, look_every_s: float) -> None:
    runtime = get_instance()
    while True:
        await asyncio.sleep(look_every_s)
        for tab_id, forget in list(TABS.take_closed(runtime.is_active_session, closed_s)):
            with suppress(Exception):  # whatever goes wrong with one tab, the others are still looked after
                await asyncio.to_thread(forget)  # the store may be far away
            runtime.close_session(tab_id)
