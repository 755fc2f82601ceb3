"""What a boto3 client uses: write and read units as the server counts them, and the bytes of its requests."""

from typing import Any

_READS = {"GetItem", "BatchGetItem", "Query", "Scan"}


class Meter:
    """Adds up, from the moment it is hung on a client."""

    def __init__(self, client: Any) -> None:
        self.write_units = self.read_units = 0.0
        self.request_bytes = 0
        events = client.meta.events
        events.register("provide-client-params.dynamodb", self._ask_for_units)
        events.register("before-send.dynamodb", self._add_bytes)
        events.register("after-call.dynamodb", self._add_units)

    def _ask_for_units(self, params: dict[str, Any], model: Any, **_: object) -> None:
        if "ReturnConsumedCapacity" in model.input_shape.members:
            params["ReturnConsumedCapacity"] = "TOTAL"

    def _add_bytes(self, request: Any, **_: object) -> None:
        self.request_bytes += len(request.body)

    def _add_units(self, parsed: dict[str, Any], model: Any, **_: object) -> None:
        used = parsed.get("ConsumedCapacity") or []
        units = sum(one["CapacityUnits"] for one in (used if isinstance(used, list) else [used]))
        if model.name in _READS:
            self.read_units += units
        else:
            self.write_units += units
