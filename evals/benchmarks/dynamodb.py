"""The store's call to DynamoDB (dynalite) beside a bare one of boto3."""

import itertools
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from core.settings import Settings
from core.store.aws import connect_dynamodb
from core.store.dynamodb import DynamoStore
from core.store.dynamodb_rows import append_request, with_header
from core.store.dynamodb_tables import Tables
from core.store.interface import EntryHeader, Event
from evals.benchmarks.servers import CREDENTIALS, dynalite
from evals.benchmarks.timing import Ratio, divide_times, time_in_turn

APPENDS, REPEATS = 40, 15
KEEP_S = 3600


def compare_calls(_manifest: Path, _settings: Settings) -> Iterator[Ratio]:
    """An event is added: by the store, by the same request to boto3, and by the plainest one."""
    with served_tables() as tables:
        yield from _compare_calls(tables)


@contextmanager
def served_tables() -> Iterator[Tables]:
    """A server of one's own for as long as it is needed, and boto3 pointed at it."""
    before = dict(os.environ)
    with tempfile.TemporaryDirectory() as folder:
        server = dynalite(Path(folder))
        server.start()
        os.environ.update(CREDENTIALS, AWS_ENDPOINT_URL_DYNAMODB=server.url)
        try:
            tables = Tables("events", "context-data")
            DynamoStore(tables).ensure_schema()
            yield tables
        finally:
            server.kill()
            os.environ.clear()
            os.environ.update(before)


def _compare_calls(tables: Tables) -> Iterator[Ratio]:
    store, client = DynamoStore(tables), connect_dynamodb()
    header = EntryHeader(bytes(61), "root-1", int(time.time()) + KEEP_S)
    numbers = {design: itertools.count() for design in ("ours", "same", "plain")}

    def key_and_event(design: str) -> tuple[str, Event]:
        number = next(numbers[design])
        return f"{design}-{number // 20}", Event(number, f"{number:08x}", "item", "d" * 16)

    def append_ours() -> None:
        key, event = key_and_event("ours")
        store.append_event(key, event, header)

    def append_same() -> None:
        key, event = key_and_event("same")
        request = append_request(tables.events, key, event, header.expires_at - KEEP_S)
        client.update_item(**(request if event.at_ms % 20 else with_header(request, header)))

    def append_plain() -> None:
        key, event = key_and_event("plain")
        client.update_item(
            TableName=tables.events,
            Key={"pk": {"S": key}},
            UpdateExpression="SET #event = :line",
            ExpressionAttributeNames={"#event": event.name},
            ExpressionAttributeValues={":line": {"S": event.line}},
            ReturnValues="ALL_NEW",
        )

    variants = {
        "ours": lambda: _repeat(append_ours),
        "same": lambda: _repeat(append_same),
        "plain": lambda: _repeat(append_plain),
    }
    times_s, cpu_s = time_in_turn(variants, REPEATS), time_in_turn(variants, REPEATS, clock=time.process_time)
    store.close()
    yield divide_times("append an event, DynamoDB / boto3's update_item", times_s["ours"], times_s["same"])
    yield divide_times("append an event, DynamoDB / boto3's update_item: CPU", cpu_s["ours"], cpu_s["same"])
    yield divide_times("append an event, DynamoDB / an update_item of SET alone", times_s["ours"], times_s["plain"])
    yield divide_times("append an event, DynamoDB / an update_item of SET alone: CPU", cpu_s["ours"], cpu_s["plain"])


def _repeat(use: Callable[[], None]) -> None:
    for _ in range(APPENDS):
        use()
