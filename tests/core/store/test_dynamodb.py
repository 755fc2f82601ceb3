"""DynamoDB against the contract, on two real servers, and what only tables of a server can do wrong."""

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pytest

from core.errors import StoreUnavailable
from core.settings import ROOT
from core.store.aws import connect_dynamodb
from core.store.dynamodb import DynamoStore
from core.store.dynamodb_tables import Tables
from core.store.interface import EntryHeader, SealedItem, Store
from evals.benchmarks.servers import Server
from tests.contracts.store import HEADER, ID, StoreContract, TurnedClock, event, item
from tests.core.store.servers import unique_tables

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

HEADER_AFTER_NOW = replace(HEADER, expires_at=int(time.time()) + 86_400)  # the suite may take long until here


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


def test_making_the_tables_switches_their_ttl_on_and_can_be_repeated(
    ministack_server: Server, aws: pytest.MonkeyPatch, tables: Tables
) -> None:
    aws.setenv("AWS_ENDPOINT_URL_DYNAMODB", ministack_server.url)
    store = DynamoStore(tables)
    with pytest.raises(StoreUnavailable, match=r"it is not there; run: python -m core\.store create"):
        store.check()
    store.ensure_schema()
    store.ensure_schema()
    for name in (tables.events, tables.context_data):
        described = connect_dynamodb().describe_time_to_live(TableName=name)["TimeToLiveDescription"]
        assert described == {"TimeToLiveStatus": "ENABLED", "AttributeName": "expires_at"}
        table = connect_dynamodb().describe_table(TableName=name)["Table"]
        assert table["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    assert [line.partition(":")[0] for line in store.check()] == [
        f"table {tables.events}",
        f"table {tables.context_data}",
    ]
    store.close()


def test_several_machines_may_make_the_tables_at_once(endpoint: Server, tables: Tables) -> None:
    del endpoint
    stores = [DynamoStore(tables) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(DynamoStore.ensure_schema, stores))
    assert stores[0].append_event(ID, event(1), HEADER_AFTER_NOW).events == (event(1),)
    for store in stores:
        store.close()


def test_a_table_of_another_program_is_left_alone(endpoint: Server, tables: Tables) -> None:
    del endpoint
    theirs = DynamoStore(Tables(tables.context_data, tables.events))
    theirs.ensure_schema()
    store = DynamoStore(tables)
    with pytest.raises(StoreUnavailable, match=r"a table of another program; set EVENTS_TABLE"):
        store.ensure_schema()
    for one in (theirs, store):
        one.close()


def test_a_table_whose_ttl_is_off_is_an_error_of_the_check(
    ministack_server: Server, aws: pytest.MonkeyPatch, tables: Tables
) -> None:
    aws.setenv("AWS_ENDPOINT_URL_DYNAMODB", ministack_server.url)
    store = DynamoStore(tables)
    store.ensure_schema()
    off: Any = {"Enabled": False, "AttributeName": "expires_at"}
    connect_dynamodb().update_time_to_live(TableName=tables.events, TimeToLiveSpecification=off)
    with pytest.raises(StoreUnavailable, match="its TTL is off; run: python -m core"):
        store.check()
    store.close()


def test_a_damaged_entry_is_an_error_with_a_way_out(store: DynamoStore, tables: Tables) -> None:
    connect_dynamodb().put_item(TableName=tables.events, Item={"pk": {"S": ID}, "e#1#x": {"S": "item|"}})
    with pytest.raises(StoreUnavailable, match="an entry is damaged; forget the interaction"):
        store.get_entry(ID)
    store.forget(ID)
    assert store.get_entry(ID) is None


def test_more_items_than_one_batch_takes_come_back_and_go(store: DynamoStore) -> None:
    ids = [f"d{number}" for number in range(130)]
    store.put_items(item(data_id) for data_id in ids)
    assert [one.data_id for one in store.get_items(ID, [*ids, "d7"])] == [*ids, "d7"]
    store.forget(ID)
    assert not store.holds_rows()


def test_items_of_more_than_a_page_are_read_and_deleted(store: DynamoStore) -> None:
    """A page of DynamoDB's ends at 1 MB."""
    store.put_items(item(f"d{number}", bytes(200_000)) for number in range(8))
    assert store.contents().sealed_bytes == 8 * 200_000
    store.forget(ID)
    assert not store.holds_rows()


CHAIN = {
    "AWS_PROFILE": ("none", "no such profile"),
    "AWS_DEFAULT_REGION": ("", "no AWS region; set AWS_REGION"),
    "AWS_ACCESS_KEY_ID": ("", "half of the AWS credentials|no AWS credentials; set AWS_PROFILE"),
    "AWS_ENDPOINT_URL_DYNAMODB": ("http://127.0.0.1:9", "no answer in time; check the network, the region"),
}


@pytest.mark.parametrize("name", CHAIN)
def test_what_the_standard_chain_lacks_is_told(name: str, aws: pytest.MonkeyPatch) -> None:
    value, message = CHAIN[name]
    aws.setenv("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:9")
    if value:
        aws.setenv(name, value)
    else:
        aws.delenv(name)
    program = (
        "from core.settings import Settings; from core.store.connect import open_vault; open_vault(Settings.from_env())"
    )
    aws.delenv("AWS_REGION")
    aws.setenv("STORE", "dynamodb")
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert re.search(message, done.stderr.splitlines()[-1])
