"""The rows of the two tables as DynamoDB spells them, and the request that adds an event."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from core.errors import StoreUnavailable
from core.store.interface import Entry, EntryHeader, Event, SealedItem

if TYPE_CHECKING:
    from types_boto3_dynamodb.type_defs import AttributeValueTypeDef, UpdateItemInputTypeDef

Attributes = Mapping[str, Any]

# Short placeholders: they travel with every event.
_ADD_EVENT = "SET #e = if_not_exists(#e, :l)"
_ADD_HEADER = "wrapped_key = if_not_exists(wrapped_key, :w), key_id = if_not_exists(key_id, :k), "
_ADD_HEADER += "expires_at = if_not_exists(expires_at, :x)"
_ALIVE = "expires_at > :n"  # false where there is no entry
_ALIVE_OR_NEW = f"attribute_not_exists(pk) OR {_ALIVE}"


def append_request(table: str, interaction_id: str, event: Event, now_s: int) -> "UpdateItemInputTypeDef":
    """Add an event to an entry that is there and alive, and return the whole entry."""
    return {
        "TableName": table,
        "Key": {"pk": {"S": interaction_id}},
        "UpdateExpression": _ADD_EVENT,
        "ConditionExpression": _ALIVE,
        "ExpressionAttributeNames": {"#e": event.name},
        "ExpressionAttributeValues": {":l": {"S": event.line}, ":n": {"N": str(now_s)}},
        "ReturnValues": "ALL_NEW",
    }


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


def to_entry(table: str, row: Attributes) -> Entry:
    """An entry from its attributes.

    Raises:
        StoreUnavailable: they are not what we write; the message names the table.
    """
    try:
        header = EntryHeader(row["wrapped_key"]["B"], row["key_id"]["S"], int(row["expires_at"]["N"]))
        events = sorted(Event.parse(name, value["S"]) for name, value in row.items() if name.startswith("e#"))
    except (KeyError, ValueError) as exc:
        raise StoreUnavailable(f"{table}: an entry is damaged; forget the interaction.") from exc
    return Entry(row["pk"]["S"], header, tuple(events))


def from_item(item: SealedItem) -> dict[str, Any]:
    """A sealed item as it is put."""
    return {
        "pk": {"S": item.interaction_id},
        "sk": {"S": item.data_id},
        "sealed": {"B": item.sealed},
        "key_id": {"S": item.key_id},
        "expires_at": {"N": str(item.expires_at)},
    }


def to_item(row: Attributes) -> SealedItem:
    """The inverse of `from_item`."""
    return SealedItem(
        row["pk"]["S"], row["sk"]["S"], row["sealed"]["B"], row["key_id"]["S"], int(row["expires_at"]["N"])
    )


class Tally:
    """Rows of one table, counted as they come, however many there are."""

    def __init__(self, now_s: int, rows: Iterator[Attributes]) -> None:
        self.rows = self.expired = self.sealed_bytes = 0
        self.key_ids: set[str] = set()
        for row in rows:
            self.rows += 1
            self.expired += int(row["expires_at"]["N"]) <= now_s
            self.sealed_bytes += len(row["sealed"]["B"]) if "sealed" in row else 0
            self.key_ids.add(row["key_id"]["S"])
