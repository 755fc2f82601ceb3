"""Time in tests: seconds as a test sets them, and waiting for what others do."""

import time
from collections.abc import Callable

WITHIN_S = 120.0


class Clock:
    """In place of `time.monotonic`: stands still until `at_s` is changed."""

    def __init__(self) -> None:
        self.at_s = 100.0

    def __call__(self) -> float:
        return self.at_s


def wait_until(holds: Callable[[], bool], within_s: float = WITHIN_S) -> None:
    """For what another process does: with a generous limit, never for a time to pass."""
    until_s = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < until_s
        time.sleep(0.005)
