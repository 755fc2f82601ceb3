"""Many keys at once. A batch may come back in part, when the table is throttled: what is left is asked for again."""

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from core.errors import StoreUnavailable
from core.store.aws import own_errors

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

Key = Mapping[str, Any]

_READ_AT_ONCE, _DELETED_AT_ONCE = 100, 25  # DynamoDB's limits
_TRIES = 5
_FIRST_PAUSE_S = 0.05  # doubled with each try: 0.75 s in all


def read_keys(client: "DynamoDBClient", table: str, keys: Sequence[Key]) -> list[Mapping[str, Any]]:
    """The rows that are there, consistent, in any order.

    Raises:
        StoreUnavailable: the table answers not at all, or only in part, however often it is asked.
    """
    rows: list[Mapping[str, Any]] = []
    for chunk in _chunks(keys, _READ_AT_ONCE):
        left: Any = {table: {"Keys": chunk, "ConsistentRead": True}}
        for _ in _tries(table):
            with own_errors(table):
                answer = client.batch_get_item(RequestItems=left)
            rows += answer["Responses"].get(table, [])
            left = answer.get("UnprocessedKeys")
            if not left:
                break
    return rows


def delete_keys(client: "DynamoDBClient", table: str, keys: Sequence[Key]) -> int:
    """Delete the rows; returns how many keys there were.

    Raises:
        StoreUnavailable: as for `read_keys`.
    """
    for chunk in _chunks(keys, _DELETED_AT_ONCE):
        left: Any = {table: [{"DeleteRequest": {"Key": key}} for key in chunk]}
        for _ in _tries(table):
            with own_errors(table):
                left = client.batch_write_item(RequestItems=left).get("UnprocessedItems")
            if not left:
                break
    return len(keys)


def _chunks(keys: Sequence[Key], size: int) -> Iterator[Sequence[Key]]:
    return (keys[start : start + size] for start in range(0, len(keys), size))


def _tries(table: str) -> Iterator[int]:
    """Count the tries, with a pause before each but the first, and give up after the last."""
    yield 0
    for number in range(1, _TRIES):
        time.sleep(_FIRST_PAUSE_S * 2 ** (number - 1))
        yield number
    raise StoreUnavailable(f"{table}: it is throttled; try again, or raise the limits of the table.")
