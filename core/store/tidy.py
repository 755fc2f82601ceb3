"""A store that cleans up behind itself: what has expired goes without being asked for, and what could not be forgotten
at once is tried again until it is gone.
"""

import threading
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress

from core.errors import StoreError
from core.store.interface import Contents, Entry, EntryHeader, Event, SealedItem, Store

PURGE_EVERY_S = 10.0
RETRY_EVERY_S = 0.2


class TidyStore(Store):
    """Another store, with a thread that deletes. Everything else is passed on."""

    def __init__(self, store: Store, purge_every_s: float | None = PURGE_EVERY_S) -> None:
        """Start the thread; None for a store whose server deletes what has expired."""
        self._store = store
        self._purge_every_s = purge_every_s
        self._unforgotten: set[str] = set()
        self._closing = False
        self._work = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="store-janitor", daemon=True)
        self._thread.start()

    def ensure_schema(self) -> None:
        """Passed on."""
        self._store.ensure_schema()

    def append_event(self, interaction_id: str, event: Event, header: EntryHeader) -> Entry:
        """Passed on."""
        return self._store.append_event(interaction_id, event, header)

    def get_entry(self, interaction_id: str) -> Entry | None:
        """Passed on."""
        return self._store.get_entry(interaction_id)

    def put_item(self, item: SealedItem) -> None:
        """Passed on."""
        self._store.put_item(item)

    def put_items(self, items: Iterable[SealedItem]) -> None:
        """Passed on."""
        self._store.put_items(items)

    def get_items(self, interaction_id: str, data_ids: Sequence[str]) -> tuple[SealedItem, ...]:
        """Passed on."""
        return self._store.get_items(interaction_id, data_ids)

    def forget(self, interaction_id: str) -> None:
        """Passed on; where that fails, the error is raised and the thread tries again."""
        try:
            self._store.forget(interaction_id)
        except StoreError:
            with self._work:
                self._unforgotten.add(interaction_id)
                self._work.notify()
            raise

    def purge_expired(self) -> int:
        """Passed on."""
        return self._store.purge_expired()

    def holds_rows(self) -> bool:
        """Passed on."""
        return self._store.holds_rows()

    def contents(self) -> Contents:
        """Passed on."""
        return self._store.contents()

    def check(self) -> tuple[str, ...]:
        """Passed on."""
        return self._store.check()

    def close(self) -> None:
        """End the thread, try once more what is still to be forgotten, and close the store."""
        with self._work:
            self._closing = True
            self._work.notify()
        self._thread.join()
        self._forget_again()
        self._store.close()

    def _run(self) -> None:
        purge_at_s = time.monotonic()
        while not self._closing:
            if time.monotonic() >= purge_at_s:
                purge_at_s = time.monotonic() + self._purge()
            self._forget_again()
            self._rest_until(purge_at_s)

    def _purge(self) -> float:
        """Returns the seconds until the next purge."""
        if self._purge_every_s is None:
            return threading.TIMEOUT_MAX
        with suppress(StoreError):  # the next round comes
            self._store.purge_expired()
        return self._purge_every_s

    def _forget_again(self) -> None:
        for interaction_id in tuple(self._unforgotten):
            with suppress(StoreError):
                self._store.forget(interaction_id)
                self._unforgotten.discard(interaction_id)

    def _rest_until(self, purge_at_s: float) -> None:
        with self._work:
            rest_s = RETRY_EVERY_S if self._unforgotten else purge_at_s - time.monotonic()
            if not self._closing:
                self._work.wait(min(max(rest_s, 0.0), threading.TIMEOUT_MAX))
