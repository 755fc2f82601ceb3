"""The formulas against the write units that a server reports, and the plan that is made of them."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.store.aws import connect_dynamodb
from core.store.dynamodb import DynamoStore
from core.store.keys import RootKey
from core.store.planning import (
    Load,
    Units,
    one_entry_units,
    one_event_bytes,
    plan,
    read_units,
    two_table_writes,
    write_units,
)
from core.store.vault import Vault
from evals.benchmarks.meter import Meter
from evals.benchmarks.servers import Server
from tests.contracts.store import TurnedClock
from tests.core.store.servers import unique_tables


@pytest.fixture
def vault(dynalite_server: Server, aws: pytest.MonkeyPatch, clock: TurnedClock) -> Vault:
    aws.setenv("AWS_ENDPOINT_URL_DYNAMODB", dynalite_server.url)
    clock.at_ms += 11_000  # so that the expiry has ten digits that count: DynamoDB leaves zeros at the end away
    store = DynamoStore(unique_tables(), now_ms=clock)
    store.ensure_schema()
    return Vault(store, RootKey.from_bytes(bytes(32)), 300, clock)


@pytest.mark.parametrize(("events", "item_bytes"), [(1, 10), (6, 2_000), (25, 899), (25, 900), (40, 3_000)])
def test_the_write_units_are_those_that_the_server_counts(vault: Vault, events: int, item_bytes: int) -> None:
    assert isinstance(vault.store, DynamoStore)
    meter = Meter(vault.store._client)
    interaction = vault.begin()
    for _ in range(events):
        interaction.record("item", interaction.put(bytes(item_bytes)))
    assert meter.write_units == two_table_writes(events, item_bytes)
    assert meter.read_units == 0


def test_a_whole_interaction_takes_the_units_of_the_plan(vault: Vault) -> None:
    """Six items of 2 KB, spoken, asked back, claimed, computed; and the same one discarded."""
    assert isinstance(vault.store, DynamoStore)
    load = Load(1, 6, 2_000, follow_up_rate=1.0)
    for follow_up in (True, False):
        meter = Meter(vault.store._client)
        interaction = vault.begin()
        refs = [interaction.put(bytes(2_000)) for _ in range(6)]
        for ref in refs:
            interaction.record("item", ref)
        entry = interaction.record("speak", "0" * 16)
        if follow_up:
            entry = interaction.record("expect-speech", "0" * 16)
            interaction.claim(entry.events[-1], "0" * 16)
            interaction.open(refs)
            interaction.record("context-vector", interaction.put(bytes(load.vector_bytes)))
        else:
            interaction.forget()
        [planned, _] = plan(Load(1, 6, 2_000, follow_up_rate=float(follow_up)))
        assert (meter.write_units, meter.read_units) == (planned.write_units, planned.read_units)
        vault.store._client = connect_dynamodb()  # the next round has a meter of its own


@pytest.mark.parametrize("number", [1, 10])
def test_one_encrypted_entry_takes_the_units_of_its_whole_size(vault: Vault, number: int) -> None:
    """Written as that design would: the whole entry read and put again with each event."""
    client: Any = connect_dynamodb()
    assert isinstance(vault.store, DynamoStore)
    meter, table = Meter(client), vault.store._tables.events
    sealed = bytes(29)
    for _ in range(number):
        client.get_item(TableName=table, Key={"pk": {"S": "a" * 32}}, ConsistentRead=True)
        sealed += bytes(one_event_bytes(2_000))
        row = {"pk": {"S": "a" * 32}, "sealed": {"B": sealed}, "wrapped_key": {"B": bytes(61)}}
        client.put_item(TableName=table, Item={**row, "key_id": {"S": "k" * 16}, "expires_at": {"N": "1700000301"}})
    assert (meter.write_units, meter.read_units) == one_entry_units([one_event_bytes(2_000)] * number)


@pytest.mark.parametrize(
    ("size_bytes", "writes", "reads"),
    [(0, 1, 1), (1, 1, 1), (1024, 1, 1), (1025, 2, 1), (4096, 4, 1), (4097, 5, 2), (400 * 1024, 400, 100)],
)
def test_units_are_those_of_the_developer_guide(size_bytes: int, writes: int, reads: int) -> None:
    assert (write_units(size_bytes), read_units(size_bytes)) == (writes, reads)


def test_two_tables_take_less_than_a_tenth_of_the_write_units_over_fifty_events() -> None:
    writes, _ = one_entry_units([one_event_bytes(2_000)] * 50)
    assert writes / two_table_writes(50, 2_000) >= 10


def test_a_plan_grows_with_the_load_and_partitions_follow() -> None:
    [small, _], [large, _] = plan(Load(10, 6, 2_000, 0.1)), plan(Load(100_000, 6, 2_000, 0.1))
    assert large.write_units == pytest.approx(small.write_units * 10_000)
    assert small.partitions == 2
    assert large.partitions == -(-(large.write_units / 1_000 + large.read_units / 3_000) // 1)


def test_without_follow_ups_nothing_stays_stored() -> None:
    for design in plan(Load(10, 6, 2_000, follow_up_rate=0.0)):
        assert design.stored_bytes == 0
        assert design.write_units > 0


@given(share=st.floats(0, 1))
def test_a_mix_lies_between_its_parts(share: float) -> None:
    mixed = Units(10, 4, 100).mix(Units(20, 2, 0), share)
    assert 10 <= mixed.writes <= 20 + 1e-9
    assert mixed.stored_bytes == pytest.approx(100 * share)
