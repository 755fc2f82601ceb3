"""What a network and a busy server do: every fault costs at most an error, never an event, and never a second one."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from core.errors import ItemConflict, StoreUnavailable
from core.store.aws import _CONFIG as CONFIG
from core.store.dynamodb import DynamoStore
from core.store.dynamodb_tables import Tables
from core.store.interface import Event, SealedItem
from core.store.keys import RootKey
from core.store.vault import Vault
from evals.benchmarks.servers import Server
from tests.contracts.store import HEADER, ID, TurnedClock, event, item
from tests.core.store.proxy import Fault, Proxy
from tests.core.store.servers import dynalite, unique_tables

NO_ANSWER: list[Fault] = ["lost", "cut", "hung", "refused", "broken", "throttled"]


@pytest.fixture
def tables() -> Tables:
    return unique_tables()


@pytest.fixture
def proxy(dynalite_server: Server, aws: pytest.MonkeyPatch) -> Iterator[Proxy]:
    proxy = Proxy(dynalite_server.port)
    aws.setattr("core.store.aws._CONFIG", CONFIG)
    aws.setenv("AWS_ENDPOINT_URL_DYNAMODB", proxy.url)
    yield proxy
    proxy.stop()


@pytest.fixture
def store(proxy: Proxy, tables: Tables) -> Iterator[DynamoStore]:
    del proxy
    store = DynamoStore(tables, now_ms=TurnedClock())
    store.ensure_schema()
    yield store
    store.close()


@pytest.mark.parametrize("fault", [*NO_ANSWER, "delayed"])
def test_a_fault_once_stores_an_event_once_and_still_returns_the_entry(
    store: DynamoStore, proxy: Proxy, fault: Fault
) -> None:
    store.append_event(ID, event(1), HEADER)
    proxy.faults.append(fault)
    entry = store.append_event(ID, event(2), HEADER)
    assert entry.events == (event(1), event(2))
    assert store.get_entry(ID) == entry


@pytest.mark.parametrize("fault", [*NO_ANSWER, "delayed"])
def test_a_fault_once_stores_an_item_once(store: DynamoStore, proxy: Proxy, fault: Fault) -> None:
    proxy.faults.append(fault)
    store.put_item(item("d1"))
    proxy.faults.append(fault)
    assert store.get_items(ID, ["d1"]) == (item("d1"),)
    proxy.faults.append(fault)
    store.forget(ID)
    assert store.get_items(ID, ["d1"]) == ()


@pytest.mark.parametrize("fault", NO_ANSWER)
def test_a_fault_that_stays_is_an_error_in_time_that_names_the_table_and_no_data(
    store: DynamoStore, proxy: Proxy, tables: Tables, fault: Fault
) -> None:
    proxy.faults.extend([fault] * 8)
    began_s = time.monotonic()
    with pytest.raises(StoreUnavailable) as caught:
        store.append_event(ID, event(1, "item", "d1"), HEADER)
    assert time.monotonic() - began_s < 5.0
    assert str(caught.value).startswith(f"{tables.events}: ")
    assert ID not in str(caught.value)
    for read in (lambda: store.get_entry(ID), lambda: store.get_items(ID, ["d1"]), store.holds_rows):
        with pytest.raises(StoreUnavailable):  # never "there is none"
            read()
        if fault == "hung":
            break  # each takes two seconds
    proxy.faults.clear()
    assert store.append_event(ID, event(1, "item", "d1"), HEADER).events == (event(1, "item", "d1"),)


def test_a_claim_whose_answer_is_lost_is_still_ours_and_nobody_elses(store: DynamoStore, proxy: Proxy) -> None:
    vault = Vault(store, RootKey.from_bytes(bytes(32)), 300, TurnedClock())
    interaction = vault.begin()
    [asked] = interaction.record("expect-speech").events
    proxy.faults.append("lost")
    assert interaction.claim(asked, "worker-1")
    assert not interaction.claim(asked, "worker-2")


def test_real_throttling_is_waited_for(store: DynamoStore, proxy: Proxy) -> None:
    """Every other request is refused, as by a table that grows into its load."""
    proxy.faults.extend(["throttled", "pass"] * 6)
    for number in range(6):
        store.append_event(ID, event(number), HEADER)
    entry = store.get_entry(ID)
    assert entry is not None
    assert len(entry.events) == 6


@pytest.mark.parametrize("call", ["batch_get_item", "batch_write_item"])
def test_a_batch_that_comes_back_in_part_is_asked_for_again(store: DynamoStore, call: str) -> None:
    ids = [f"d{number}" for number in range(30)]
    store.put_items(item(data_id) for data_id in ids)
    answered = grudging(store, call, refusals=3)
    if call == "batch_get_item":
        assert [one.data_id for one in store.get_items(ID, ids)] == ids
    else:
        store.forget(ID)
        assert store.get_items(ID, ids) == ()
    assert answered() > 3


def test_a_batch_that_never_comes_back_whole_is_an_error(store: DynamoStore) -> None:
    store.put_item(item("d1"))
    grudging(store, "batch_get_item", refusals=100)
    with pytest.raises(StoreUnavailable, match="throttled"):
        store.get_items(ID, ["d1"])


def grudging(store: DynamoStore, call: str, refusals: int) -> Callable[[], int]:
    """Let the server take nothing of a batch for a while, as a throttled one does. Returns a counter of calls."""
    calls = [0]
    real = getattr(store._client, call)

    def answer(**arguments: object) -> object:
        calls[0] += 1
        if calls[0] > refusals:
            return real(**arguments)
        unprocessed = "UnprocessedKeys" if call == "batch_get_item" else "UnprocessedItems"
        return {"Responses": {}, unprocessed: arguments["RequestItems"]}

    setattr(store._client, call, answer)
    return lambda: calls[0]


def test_of_several_puts_one_that_fails_is_an_error_and_the_others_are_stored(store: DynamoStore) -> None:
    store.put_item(item("d5", b"other"))
    with pytest.raises(ItemConflict):
        store.put_items(item(f"d{number}") for number in range(10))
    assert len(store.get_items(ID, [f"d{number}" for number in range(10)])) == 10


def test_a_server_killed_in_mid_run_loses_no_event_that_it_acknowledged(
    aws: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory, tables: Tables
) -> None:
    server = dynalite(tmp_path_factory.mktemp("killed"))
    aws.setenv("AWS_ENDPOINT_URL_DYNAMODB", server.url)
    server.start()
    store = DynamoStore(tables, now_ms=TurnedClock())
    try:
        store.ensure_schema()
        acknowledged, failed = append_over_a_kill(store, server)
        entry = store.get_entry(ID)
    finally:
        server.kill()
        store.close()
    assert failed > 0
    assert entry is not None
    assert acknowledged <= set(entry.events)


def append_over_a_kill(store: DynamoStore, server: Server) -> tuple[set[Event], int]:
    """Append from four threads while the server is killed and started again: what was acknowledged, how many not."""
    over = threading.Event()

    def append(thread: int) -> tuple[set[Event], int]:
        acknowledged: set[Event] = set()
        failed = number = 0
        while not over.is_set():
            number += 1
            new = event(thread * 100_000 + number)
            try:
                store.append_event(ID, new, HEADER)
                acknowledged.add(new)
            except StoreUnavailable:
                failed += 1
        return acknowledged, failed

    with ThreadPoolExecutor(4) as pool:
        results = [pool.submit(append, thread) for thread in range(4)]
        time.sleep(0.7)
        server.kill()
        time.sleep(0.3)
        server.start()
        time.sleep(0.7)
        over.set()
    return set().union(*(one.result()[0] for one in results)), sum(one.result()[1] for one in results)


def test_fifty_writers_of_five_machines_claim_each_expect_speech_once(
    dynalite_server: Server, aws: pytest.MonkeyPatch, tables: Tables
) -> None:
    aws.setenv("AWS_ENDPOINT_URL_DYNAMODB", dynalite_server.url)
    clock = TurnedClock()
    machines = [Vault(DynamoStore(tables, now_ms=clock), RootKey.from_bytes(bytes(32)), 300, clock) for _ in range(5)]
    machines[0].store.ensure_schema()
    interactions = [machines[0].begin() for _ in range(4)]
    asked = {one: one.record("expect-speech").events[-1] for one in interactions}
    together = threading.Barrier(50)

    def write(number: int) -> list[bool]:
        vault = machines[number % 5]
        together.wait()
        return [
            vault.resume(vault.store.append_event(one.id, event(number), one.header)).claim(asked[one], f"{number}")
            for one in interactions
        ]

    with ThreadPoolExecutor(50) as pool:
        results = list(pool.map(write, range(50)))
    assert [sum(won) for won in zip(*results, strict=True)] == [1] * 4
    for one in interactions:
        entry = machines[0].store.get_entry(one.id)
        assert entry is not None
        assert len(entry.events) == 1 + 50 + 1
    for vault in machines:
        vault.store.close()


def test_an_item_too_large_for_dynamodb_is_an_error_with_a_way_out(store: DynamoStore, tables: Tables) -> None:
    with pytest.raises(StoreUnavailable, match=rf"{tables.context_data}: .*an item may hold 400 KB"):
        store.put_item(SealedItem(ID, "d1", bytes(410_000), "root-1", HEADER.expires_at))
