"""Seconds as a test sets them, in place of `time.monotonic`."""


class Clock:
    """Stands still until `at_s` is changed."""

    def __init__(self) -> None:
        self.at_s = 100.0

    def __call__(self) -> float:
        return self.at_s
