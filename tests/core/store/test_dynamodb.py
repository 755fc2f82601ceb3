"""DynamoDB against the contract, on two real servers, and what only tables of a server can do wrong."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from core.store.aws import connect_dynamodb
from core.store.dynamodb import DynamoStore
from core.store.dynamodb_tables import Tables
from core.store.interface import EntryHeader, SealedItem, Store
from tests.contracts.store import StoreContract, TurnedClock
from tests.core.store.servers import Server, unique_tables

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient


@dataclass
class RawTables:
    """The tables, read over a client of its own."""

    client: "DynamoDBClient"
    tables: Tables

    def _entry(self, interaction_id: str) -> dict[str, Any] | None:
        return self.client.get_item(TableName=self.tables.events, Key={"pk": {"S": interaction_id}}).get("Item")

    def lines(self, interaction_id: str) -> dict[str, str] | None:
        entry = self._entry(interaction_id)
        return entry and {name: value["S"] for name, value in entry.items() if name.startswith("e#")}

    def header(self, interaction_id: str) -> EntryHeader | None:
        entry = self._entry(interaction_id)
        if entry is None:
            return None
        return EntryHeader(entry["wrapped_key"]["B"], entry["key_id"]["S"], int(entry["expires_at"]["N"]))

    def items(self, interaction_id: str) -> dict[str, SealedItem]:
        rows = self.client.scan(TableName=self.tables.context_data, ConsistentRead=True)["Items"]
        items = [
            SealedItem(
                row["pk"]["S"], row["sk"]["S"], row["sealed"]["B"], row["key_id"]["S"], int(row["expires_at"]["N"])
            )
            for row in rows
        ]
        return {one.data_id: one for one in items if one.interaction_id == interaction_id}


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock()


@pytest.fixture
def tables() -> Tables:
    return unique_tables()


@pytest.fixture(params=["dynalite_server", "ministack_server"])
def endpoint(request: pytest.FixtureRequest, aws: pytest.MonkeyPatch) -> Server:
    server: Server = request.getfixturevalue(request.param)
    aws.setenv("AWS_ENDPOINT_URL_DYNAMODB", server.url)
    return server


@pytest.fixture
def store(endpoint: Server, tables: Tables, clock: TurnedClock) -> Iterator[DynamoStore]:
    del endpoint
    store = DynamoStore(tables, now_ms=clock)
    store.ensure_schema()
    yield store
    store.close()


class TestDynamoContract(StoreContract):
    @pytest.fixture
    def store(self, endpoint: Server, tables: Tables, clock: TurnedClock) -> Iterator[Store]:
        store = DynamoStore(tables, now_ms=clock)
        store.ensure_schema()
        yield store
        store.close()

    @pytest.fixture
    def raw(self, store: Store, tables: Tables) -> RawTables:
        return RawTables(connect_dynamodb(), tables)
