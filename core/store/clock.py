"""The clock of the store. Everything that expires takes it as an argument, so that tests can turn it."""

import time
from collections.abc import Callable

Clock = Callable[[], int]
"""Returns epoch milliseconds."""


def system_now_ms() -> int:
    """The machine's clock, epoch milliseconds."""
    return time.time_ns() // 1_000_000
