"""The two tables in DynamoDB, for more than one machine.

One attribute an event, set with `if_not_exists`: a retry after a lost answer stores nothing twice, and `ALL_NEW`
returns the whole entry, strongly consistent, without the cost of a read. The server's own TTL takes up to days, so
expiry is checked here on every read, and a condition keeps a late write from reviving an entry.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from typing import TYPE_CHECKING, Any

from core.errors import InteractionExpired, ItemConflict, StoreUnavailable
from core.store.aws import connect_dynamodb, own_errors
from core.store.clock import Clock, system_now_ms
from core.store.dynamodb_batches import delete_keys, read_keys
from core.store.dynamodb_tables import Tables, check_tables, create_tables
from core.store.interface import Contents, Entry, EntryHeader, Event, SealedItem, Store

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient
    from types_boto3_dynamodb.type_defs import AttributeValueTypeDef, UpdateItemInputTypeDef

Attributes = Mapping[str, Any]

# Short placeholders: they travel with every event.
_ADD_EVENT = "SET #e = if_not_exists(#e, :l)"
_ADD_HEADER = "wrapped_key = if_not_exists(wrapped_key, :w), key_id = if_not_exists(key_id, :k), "
_ADD_HEADER += "expires_at = if_not_exists(expires_at, :x)"
_ALIVE = "expires_at > :n"  # false where there is no entry
_ALIVE_OR_NEW = f"attribute_not_exists(pk) OR {_ALIVE}"
_NEW = "attribute_not_exists(pk)"
_MOST_BEGUN = 10_000
_PARALLEL_PUTS = 8


class DynamoStore(Store):
    """One client, shared by all threads. Any number of machines may use the same two tables."""

    def __init__(self, tables: Tables, region: str = "", now_ms: Clock = system_now_ms) -> None:
        """Make the client; nothing is sent yet.

        Raises:
            StoreUnavailable: AWS profile or region are missing.
        """
        self._tables = tables
        self._now_ms = now_ms
        self._client: DynamoDBClient = connect_dynamodb(region)
        self._begun: set[str] = set()
        self._pool = ThreadPoolExecutor(_PARALLEL_PUTS, thread_name_prefix="dynamodb")

    def ensure_schema(self) -> None:
        """Create missing tables, on demand, and switch their TTL on. Tables that are there are only looked at."""
        create_tables(self._client, self._tables)

    def append_event(self, interaction_id: str, event: Event, header: EntryHeader) -> Entry:
        """One UpdateItem: the event, the check of the expiry, and the whole entry as it is afterwards.

        The header goes along only until an entry is known to be there: it is half of the request.
        """
        request = self._append_request(interaction_id, event)
        entry = self._update(request) if interaction_id in self._begun else None
        if entry is None and header.expires_at > self._now_s():  # where bytes are gone, no condition tells of expiry
            entry = self._update(with_header(request, header))
        if entry is None:
            raise InteractionExpired(f"Interaction {interaction_id} has expired; begin a new one.")
        self._remember(interaction_id)
        return entry

    def _append_request(self, interaction_id: str, event: Event) -> "UpdateItemInputTypeDef":
        return {
            "TableName": self._tables.events,
            "Key": {"pk": {"S": interaction_id}},
            "UpdateExpression": _ADD_EVENT,
            "ConditionExpression": _ALIVE,
            "ExpressionAttributeNames": {"#e": event.name},
            "ExpressionAttributeValues": {":l": {"S": event.line}, ":n": {"N": str(self._now_s())}},
            "ReturnValues": "ALL_NEW",
        }

    def _update(self, request: "UpdateItemInputTypeDef") -> Entry | None:
        """The entry as it then is; None where its condition does not hold."""
        with own_errors(self._tables.events):
            try:
                answer = self._client.update_item(**request)
            except self._client.exceptions.ConditionalCheckFailedException:
                return None
        return self._entry(answer["Attributes"])

    def _remember(self, interaction_id: str) -> None:
        if len(self._begun) >= _MOST_BEGUN:
            self._begun.clear()  # costs longer requests, nothing else
        self._begun.add(interaction_id)

    def get_entry(self, interaction_id: str) -> Entry | None:
        """One consistent read."""
        with own_errors(self._tables.events):
            answer = self._client.get_item(
                TableName=self._tables.events, Key={"pk": {"S": interaction_id}}, ConsistentRead=True
            )
        entry = self._entry(answer["Item"]) if "Item" in answer else None
        return entry if entry and entry.header.expires_at > self._now_s() else None

    def put_item(self, item: SealedItem) -> None:
        """One conditional put. Only where a row is there already, as after a lost answer, it is read and compared."""
        with own_errors(self._tables.context_data):
            try:
                self._client.put_item(
                    TableName=self._tables.context_data, Item=_from_item(item), ConditionExpression=_NEW
                )
            except self._client.exceptions.ConditionalCheckFailedException as exc:
                if self._stored(item) not in {None, item}:  # None: forgotten since
                    message = f"Item {item.data_id} is already stored with other bytes; use a new data id."
                    raise ItemConflict(message) from exc

    def _stored(self, item: SealedItem) -> SealedItem | None:
        key = {"pk": {"S": item.interaction_id}, "sk": {"S": item.data_id}}
        rows = read_keys(self._client, self._tables.context_data, [key])
        return _to_item(rows[0]) if rows else None

    def put_items(self, items: Iterable[SealedItem]) -> None:
        """Side by side, because a batch takes no conditions and a transaction costs twice the write units."""
        puts = [self._pool.submit(self.put_item, item) for item in tuple(items)]
        wait(puts)
        for put in puts:
            put.result()

    def get_items(self, interaction_id: str, data_ids: Sequence[str]) -> tuple[SealedItem, ...]:
        """One consistent batch for each hundred."""
        keys = [{"pk": {"S": interaction_id}, "sk": {"S": data_id}} for data_id in dict.fromkeys(data_ids)]
        rows = read_keys(self._client, self._tables.context_data, keys)
        found = {item.data_id: item for item in map(_to_item, rows) if item.expires_at > self._now_s()}
        return tuple(found[data_id] for data_id in data_ids if data_id in found)

    def forget(self, interaction_id: str) -> None:
        """The entry first: without its wrapped key the items are unreadable, whatever happens to the rest."""
        self._begun.discard(interaction_id)
        delete_keys(self._client, self._tables.events, [{"pk": {"S": interaction_id}}])
        query = self._pages(
            "query",
            self._tables.context_data,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": interaction_id}},
            ProjectionExpression="pk, sk",
        )
        delete_keys(self._client, self._tables.context_data, list(query))

    def purge_expired(self) -> int:
        """Scan both tables. The server's TTL does the same at no cost, only later: this is for who cannot wait."""
        deleted = 0
        for table, keys in ((self._tables.events, "pk"), (self._tables.context_data, "pk, sk")):
            expired = self._pages(
                "scan",
                table,
                FilterExpression="expires_at <= :now_s",
                ExpressionAttributeValues={":now_s": {"N": str(self._now_s())}},
                ProjectionExpression=keys,
            )
            deleted += delete_keys(self._client, table, list(expired))
        return deleted

    def holds_rows(self) -> bool:
        """One row of each table is asked for."""
        tables = (self._tables.events, self._tables.context_data)
        return any(next(self._pages("scan", table, Limit=1), None) is not None for table in tables)

    def contents(self) -> Contents:
        """A scan of both tables, row by row: it costs a read unit for each 4 KB stored."""
        columns = "key_id, expires_at, sealed"
        entries = _Tally(self._now_s(), self._pages("scan", self._tables.events, ProjectionExpression=columns))
        items = _Tally(self._now_s(), self._pages("scan", self._tables.context_data, ProjectionExpression=columns))
        expired = entries.expired + items.expired
        return Contents(
            entries.rows, items.rows, expired, items.sealed_bytes, frozenset(entries.key_ids | items.key_ids)
        )

    def check(self) -> tuple[str, ...]:
        """That both tables are active, have our keys, and delete what has expired."""
        return check_tables(self._client, self._tables)

    def close(self) -> None:
        """Finish what is being put, and close the connections."""
        self._pool.shutdown()
        self._client.close()

    def _now_s(self) -> int:
        return self._now_ms() // 1000

    def _pages(self, operation: str, table: str, **arguments: Any) -> Iterator[Attributes]:
        """The rows of a query or scan, page after page, read consistently."""
        with own_errors(table):
            paginator: Any = self._client.get_paginator(operation)  # type: ignore[call-overload]
            for page in paginator.paginate(TableName=table, ConsistentRead=True, **arguments):
                yield from page["Items"]

    def _entry(self, row: Attributes) -> Entry:
        try:
            header = EntryHeader(row["wrapped_key"]["B"], row["key_id"]["S"], int(row["expires_at"]["N"]))
            events = sorted(Event.parse(name, value["S"]) for name, value in row.items() if name.startswith("e#"))
        except (KeyError, ValueError) as exc:
            raise StoreUnavailable(f"{self._tables.events}: an entry is damaged; forget the interaction.") from exc
        return Entry(row["pk"]["S"], header, tuple(events))


class _Tally:
    """Rows of one table, counted as they come, however many there are."""

    def __init__(self, now_s: int, rows: Iterator[Attributes]) -> None:
        self.rows = self.expired = self.sealed_bytes = 0
        self.key_ids: set[str] = set()
        for row in rows:
            self.rows += 1
            self.expired += int(row["expires_at"]["N"]) <= now_s
            self.sealed_bytes += len(row["sealed"]["B"]) if "sealed" in row else 0
            self.key_ids.add(row["key_id"]["S"])


def with_header(request: "UpdateItemInputTypeDef", header: EntryHeader) -> "UpdateItemInputTypeDef":
    """The same for an entry that may not be there yet."""
    values: Mapping[str, AttributeValueTypeDef] = {
        ":w": {"B": header.wrapped_key},
        ":k": {"S": header.key_id},
        ":x": {"N": str(header.expires_at)},
    }
    return {
        **request,
        "UpdateExpression": f"{_ADD_EVENT}, {_ADD_HEADER}",
        "ConditionExpression": _ALIVE_OR_NEW,
        "ExpressionAttributeValues": {**request.get("ExpressionAttributeValues", {}), **values},
    }


def _from_item(item: SealedItem) -> dict[str, Any]:
    return {
        "pk": {"S": item.interaction_id},
        "sk": {"S": item.data_id},
        "sealed": {"B": item.sealed},
        "key_id": {"S": item.key_id},
        "expires_at": {"N": str(item.expires_at)},
    }


def _to_item(row: Attributes) -> SealedItem:
    return SealedItem(
        row["pk"]["S"], row["sk"]["S"], row["sealed"]["B"], row["key_id"]["S"], int(row["expires_at"]["N"])
    )
