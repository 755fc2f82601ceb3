"""When to stop trying: repeated faults switch the context off for a while, and a probe switches it on again.

Method: the circuit breaker of Nygard 2007, "Release It!", with a delay that doubles.
"""

from typing import Literal

FAULTS_TO_OPEN = 3
FIRST_DELAY_S = 5.0
LONGEST_DELAY_S = 300.0

BreakerState = Literal["closed", "open", "probing"]
"""closed: all is well. open: nothing is tried. probing: one try is under way."""


class Breaker:
    """A state machine that is told the time, in seconds of one monotonic clock. Used from one thread."""

    def __init__(self) -> None:
        self.state: BreakerState = "closed"
        self._faults = 0
        self._delay_s = FIRST_DELAY_S
        self._retry_at_s = 0.0

    def note_success(self) -> None:
        """An answer came: a row of faults is broken, and a probe has succeeded."""
        self._faults = 0
        if self.state == "probing":
            self.state, self._delay_s = "closed", FIRST_DELAY_S

    def note_fault(self, now_s: float, lasting: bool = False) -> None:
        """Something broke; `lasting` says that the next try can only break in the same way."""
        self._faults += 1
        if self.state == "probing":
            self._delay_s = min(2 * self._delay_s, LONGEST_DELAY_S)
            self._open(now_s)
        elif self.state == "closed" and (lasting or self._faults >= FAULTS_TO_OPEN):
            self._open(now_s)

    def may_probe(self, now_s: float) -> bool:
        """Whether the delay is over. A clock that was set back never makes it longer than one delay."""
        self._retry_at_s = min(self._retry_at_s, now_s + self._delay_s)
        return self.state == "open" and now_s >= self._retry_at_s

    def begin_probe(self) -> None:
        """One try is made now."""
        self.state = "probing"

    def _open(self, now_s: float) -> None:
        self.state, self._faults = "open", 0
        self._retry_at_s = now_s + self._delay_s
