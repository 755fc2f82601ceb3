"""What the two tables look like in DynamoDB: made on demand, and deleting what has expired."""

import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from core.errors import StoreUnavailable
from core.store.aws import own_errors

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

EXPIRY = "expires_at"
_ACTIVE_WITHIN_S = 60.0
_POLL_S = 0.05
_NO_SUCH_OPERATION = "UnknownOperationException"  # what servers without a TTL of their own answer


@dataclass(frozen=True, slots=True)
class Tables:
    """The names of the two tables."""

    events: str
    context_data: str

    @property
    def keys(self) -> dict[str, tuple[str, ...]]:
        """Each table's key attributes, all of them strings: the partition key, then the sort key if there is one."""
        return {self.events: ("pk",), self.context_data: ("pk", "sk")}


def create_tables(client: "DynamoDBClient", tables: Tables) -> None:
    """Create what is missing and switch TTL on where it is off; needs no right to create where all is there.

    Raises:
        StoreUnavailable: a table cannot be made, is there with other keys, or does not become active.
    """
    for name, keys in tables.keys.items():
        with own_errors(name):
            if _describe(client, name) is None:
                _create(client, name, keys)
            _wait_until_active(client, name, keys)
            if _ttl_status(client, name) == "DISABLED":
                _switch_ttl_on(client, name)


def check_tables(client: "DynamoDBClient", tables: Tables) -> tuple[str, ...]:
    """A line for each table.

    Raises:
        StoreUnavailable: a table is missing, not active, has other keys, or its TTL is off.
    """
    return tuple(_check(client, name, keys) for name, keys in tables.keys.items())


def _check(client: "DynamoDBClient", name: str, keys: tuple[str, ...]) -> str:
    with own_errors(name):
        described = client.describe_table(TableName=name)["Table"]
        _require_keys(described, name, keys)
        ttl = _ttl_status(client, name)
    if described["TableStatus"] != "ACTIVE" or ttl == "DISABLED":
        raise StoreUnavailable(f"{name}: not active, or its TTL is off; run: python -m core.store create")
    return f"table {name}: active, keys {' and '.join(keys)}, TTL on {EXPIRY} {ttl.lower()}"


def _describe(client: "DynamoDBClient", name: str) -> Any:
    try:
        return client.describe_table(TableName=name)["Table"]
    except client.exceptions.ResourceNotFoundException:
        return None


def _create(client: "DynamoDBClient", name: str, keys: tuple[str, ...]) -> None:
    with suppress(client.exceptions.ResourceInUseException):  # another machine was first
        client.create_table(
            TableName=name,
            KeySchema=[
                {"AttributeName": key, "KeyType": "RANGE" if number else "HASH"} for number, key in enumerate(keys)
            ],
            AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in keys],
            BillingMode="PAY_PER_REQUEST",
        )


def _wait_until_active(client: "DynamoDBClient", name: str, keys: tuple[str, ...]) -> None:
    end_s = time.monotonic() + _ACTIVE_WITHIN_S
    while time.monotonic() < end_s:
        described = _describe(client, name)
        if described and described["TableStatus"] in {"ACTIVE", "UPDATING"}:
            _require_keys(described, name, keys)
            return
        time.sleep(_POLL_S)
    raise StoreUnavailable(f"{name}: not active after {_ACTIVE_WITHIN_S:.0f} s; try again.")


def _require_keys(described: Any, name: str, keys: tuple[str, ...]) -> None:
    found = [(key["AttributeName"], key["KeyType"]) for key in described["KeySchema"]]
    if found != list(zip(keys, ("HASH", "RANGE"), strict=False)):
        raise StoreUnavailable(f"{name}: a table of another program; set EVENTS_TABLE and CONTEXT_DATA_TABLE.")


def _ttl_status(client: "DynamoDBClient", name: str) -> str:
    """ENABLED, ENABLING, or DISABLED."""
    status = client.describe_time_to_live(TableName=name)["TimeToLiveDescription"]["TimeToLiveStatus"]
    return "DISABLED" if status == "DISABLING" else status


def _switch_ttl_on(client: "DynamoDBClient", name: str) -> None:
    try:
        client.update_time_to_live(TableName=name, TimeToLiveSpecification={"Enabled": True, "AttributeName": EXPIRY})
    except client.exceptions.ClientError as exc:
        known = exc.response["Error"]["Code"] != _NO_SUCH_OPERATION
        if known and _ttl_status(client, name) == "DISABLED":
            raise  # otherwise another machine was first, or this server has no TTL
