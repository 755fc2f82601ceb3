"""The two tables in DynamoDB, for more than one machine.

One attribute an event, set with `if_not_exists`: a retry after a lost answer stores nothing twice, and `ALL_NEW`
returns the whole entry, strongly consistent, without the cost of a read. The server's own TTL takes up to days, so
expiry is checked here on every read, and a condition keeps a late write from reviving an entry.
"""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from typing import TYPE_CHECKING, Any

from core.errors import InteractionExpired, ItemConflict
from core.store.aws import connect_dynamodb, own_errors
from core.store.clock import Clock, system_now_ms
from core.store.dynamodb_batches import delete_keys, read_keys
from core.store.dynamodb_rows import Attributes, Tally, append_request, from_item, to_entry, to_item, with_header
from core.store.dynamodb_tables import Tables, check_tables, create_tables
from core.store.interface import Contents, Entry, EntryHeader, Event, SealedItem, Store

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient
    from types_boto3_dynamodb.type_defs import UpdateItemInputTypeDef

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
        request = append_request(self._tables.events, interaction_id, event, self._now_s())
        entry = self._update(request) if interaction_id in self._begun else None
        if entry is None and header.expires_at > self._now_s():  # where bytes are gone, no condition tells of expiry
            entry = self._update(with_header(request, header))
        if entry is None:
            raise InteractionExpired(f"Interaction {interaction_id} has expired; begin a new one.")
        self._remember(interaction_id)
        return entry

    def _update(self, request: "UpdateItemInputTypeDef") -> Entry | None:
        """The entry as it then is; None where its condition does not hold."""
        with own_errors(self._tables.events):
            try:
                answer = self._client.update_item(**request)
            except self._client.exceptions.ConditionalCheckFailedException:
                return None
        return to_entry(self._tables.events, answer["Attributes"])

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
        entry = to_entry(self._tables.events, answer["Item"]) if "Item" in answer else None
        return entry if entry and entry.header.expires_at > self._now_s() else None

    def put_item(self, item: SealedItem) -> None:
        """One conditional put. Only where a row is there already, as after a lost answer, it is read and compared."""
        with own_errors(self._tables.context_data):
            try:
                self._client.put_item(
                    TableName=self._tables.context_data, Item=from_item(item), ConditionExpression=_NEW
                )
            except self._client.exceptions.ConditionalCheckFailedException as exc:
                if self._stored(item) not in {None, item}:  # None: forgotten since
                    message = f"Item {item.data_id} is already stored with other bytes; use a new data id."
                    raise ItemConflict(message) from exc

    def _stored(self, item: SealedItem) -> SealedItem | None:
        key = {"pk": {"S": item.interaction_id}, "sk": {"S": item.data_id}}
        rows = read_keys(self._client, self._tables.context_data, [key])
        return to_item(rows[0]) if rows else None

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
        found = {item.data_id: item for item in map(to_item, rows) if item.expires_at > self._now_s()}
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
        entries = Tally(self._now_s(), self._pages("scan", self._tables.events, ProjectionExpression=columns))
        items = Tally(self._now_s(), self._pages("scan", self._tables.context_data, ProjectionExpression=columns))
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
