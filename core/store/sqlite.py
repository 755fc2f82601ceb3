"""The two tables in one SQLite file: the embedded default, no server needed.

A deleted row leaves no byte in the file: `secure_delete` zeroes its cell, and the file layer its stale copies (see
`sqlite_pages`). So deleting costs what the deleted rows cost, however large the file is.
"""

import json
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from core.errors import InteractionExpired, ItemConflict, StoreUnavailable
from core.store import sqlite_statements as sql
from core.store.clock import Clock, system_now_ms
from core.store.interface import Contents, Entry, EntryHeader, Event, SealedItem, Store
from core.store.sqlite_disk import PAGE_BYTES
from core.store.sqlite_file import open_file, own_errors

_SHRINK_FROM_BYTES = 8_000_000
_SHRINK_AT_FREE = 0.75  # VACUUM copies what is left, a quarter of the file at most


class SqliteStore(Store):
    """One connection to one file, shared by all threads behind a lock. Several processes may open the same file."""

    def __init__(self, path: str | Path, now_ms: Clock = system_now_ms) -> None:
        """Open the file; it and its folder are made if missing, for the owner only.

        Raises:
            StoreUnavailable: the file cannot be used, or this SQLite cannot delete safely.
        """
        self._path = Path(path).absolute()
        self._now_ms = now_ms
        self._lock = threading.Lock()
        with own_errors(self._path):
            self._db = open_file(self._path)

    def ensure_schema(self) -> None:
        """Create the two tables and their indexes where they are missing."""
        with self._transaction():
            for statement in sql.SCHEMA:
                self._db.execute(statement)

    def append_event(self, interaction_id: str, event: Event, header: EntryHeader) -> Entry:
        """One statement: insert or update, the check of the expiry, and the entry as it is afterwards."""
        rows = self._query(
            sql.APPEND,
            pk=interaction_id,
            wrapped_key=header.wrapped_key,
            key_id=header.key_id,
            expires_at=header.expires_at,
            name=event.name,
            path=f'$."{event.name}"',
            line=event.line,
            now_s=self._now_s(),
        )
        if not rows:
            raise InteractionExpired(f"Interaction {interaction_id} has expired; begin a new one.")
        return self._entry(interaction_id, rows[0])

    def get_entry(self, interaction_id: str) -> Entry | None:
        """One read by primary key."""
        rows = self._query(sql.GET_ENTRY, pk=interaction_id, now_s=self._now_s())
        return self._entry(interaction_id, rows[0]) if rows else None

    def put_item(self, item: SealedItem) -> None:
        """One item in a transaction of its own."""
        self.put_items((item,))

    def put_items(self, items: Iterable[SealedItem]) -> None:
        """All items in one transaction: all are stored, or none."""
        ready = tuple(items)  # not while the lock is held: a generator may be slow, fail or ask this store
        with self._transaction():
            for item in ready:
                self._put(item)

    def get_items(self, interaction_id: str, data_ids: Sequence[str]) -> tuple[SealedItem, ...]:
        """One read for all of them."""
        rows = self._query(sql.GET_ITEMS, pk=interaction_id, sks=json.dumps(list(data_ids)), now_s=self._now_s())
        found = {item.data_id: item for item in (SealedItem(*row) for row in rows)}
        return tuple(found[data_id] for data_id in data_ids if data_id in found)

    def forget(self, interaction_id: str) -> None:
        """Delete the rows of both tables in one transaction."""
        with self._transaction():
            self._db.execute("DELETE FROM events WHERE pk = ?", (interaction_id,))
            self._db.execute("DELETE FROM context_data WHERE pk = ?", (interaction_id,))

    def purge_expired(self) -> int:
        """Delete expired rows, and give the disk its room back where most of the file has become free."""
        deleted = 0
        with self._transaction():
            for table in ("events", "context_data"):
                self._db.execute(f"DELETE FROM {table} WHERE expires_at <= ?", (self._now_s(),))  # noqa: S608 - our names
                deleted += self._db.changes()
        if deleted and self._is_mostly_free():
            self._query("VACUUM")
        return deleted

    def holds_rows(self) -> bool:
        """Whether anything is stored, expired or not."""
        [[holds]] = self._query("SELECT EXISTS (SELECT 1 FROM events) OR EXISTS (SELECT 1 FROM context_data)")
        return bool(holds)

    def contents(self) -> Contents:
        """One query over both tables."""
        [(entries, items, expired, sealed_bytes, key_ids)] = self._query(sql.CONTENTS, now_s=self._now_s())
        return Contents(entries, items, expired, sealed_bytes, frozenset(json.loads(key_ids)))

    def check(self) -> tuple[str, ...]:
        """SQLite's own check of every page, and the tables' columns."""
        found = [str(line) for (line,) in self._query("PRAGMA integrity_check(1)")]
        if found != ["ok"]:
            raise StoreUnavailable(f"{self._path}: it is damaged; move it away and start again.")
        self._query("SELECT pk, wrapped_key, key_id, expires_at, attributes FROM events LIMIT 0")
        self._query("SELECT pk, sk, sealed, key_id, expires_at FROM context_data LIMIT 0")
        return (f"file {self._path}: {self._path.stat().st_size} bytes, every page in order, both tables there",)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

    def _now_s(self) -> int:
        """Epoch seconds, rounded down: for a whole `expires_at`, both clocks then agree on what has expired."""
        return self._now_ms() // 1000

    def _query(self, statement: str, **values: str | bytes | int) -> list[tuple[Any, ...]]:
        # fetchall runs the statement to its end: it commits there, and only so an error of the commit is seen.
        with self._lock, own_errors(self._path):
            return self._db.execute(statement, values).fetchall()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._lock, own_errors(self._path):
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._db.execute("COMMIT")
            except BaseException:
                self._roll_back()
                raise

    def _roll_back(self) -> None:
        if self._db.in_transaction:  # SQLite itself ends it after some errors
            self._db.execute("ROLLBACK")

    def _is_mostly_free(self) -> bool:
        with self._lock, own_errors(self._path):
            pages, free = int(self._db.pragma("page_count")), int(self._db.pragma("freelist_count"))
        return pages * PAGE_BYTES >= _SHRINK_FROM_BYTES and free >= _SHRINK_AT_FREE * pages

    def _put(self, item: SealedItem) -> None:
        values = {
            "pk": item.interaction_id,
            "sk": item.data_id,
            "sealed": item.sealed,
            "key_id": item.key_id,
            "expires_at": item.expires_at,
        }
        if not self._db.execute(sql.PUT, values).fetchall():
            raise ItemConflict(f"Item {item.data_id} is already stored with other bytes; use a new data id.")

    def _entry(self, interaction_id: str, row: tuple[Any, ...]) -> Entry:
        *header, attributes = row
        try:
            lines = json.loads(attributes)
            events = tuple(sorted(Event.parse(name, line) for name, line in lines.items()))
        except (ValueError, AttributeError) as exc:
            raise StoreUnavailable(f"{self._path}: an entry is damaged; move the file away and start again.") from exc
        return Entry(interaction_id, EntryHeader(*header), events)
