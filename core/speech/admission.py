"""One queue in front of the recogniser: first come, first served, and nobody waits for what would come too late.

A recogniser that everybody may wait for answers nobody in time once more is asked than it can do. So a request is
refused at once where its turn would come too late, and one whose time has run out leaves the queue before it starts.
"""

import statistics
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from core.errors import Busy

WITHIN_S = 5.0  # until the text is there; reply and page take what is left of a user's patience
REMEMBERED = 20  # recognitions, for an estimate of how long the next ones take
FIRST_ESTIMATE_S = 1.0
PLANNED_SHARE = 0.6  # of that time, by what turns took so far: the more ask, the slower turns get


class Admission:
    """Shared by all conversations.

    Args:
        within_s: how long a request may take in all, waiting included.
        clock_s: seconds that only grow.
    """

    def __init__(self, within_s: float = WITHIN_S, clock_s: Callable[[], float] = time.monotonic) -> None:
        self._within_s = within_s
        self._clock_s = clock_s
        self._lock = threading.Lock()
        self._queue: deque[threading.Event] = deque()  # the first is being recognised; the others wait to be called
        self._freed_s = 0.0  # when the one before left
        self._took_s: deque[float] = deque([FIRST_ESTIMATE_S], REMEMBERED)

    @property
    def in_flight(self) -> int:
        """How many are being recognised or wait."""
        return len(self._queue)

    def check(self) -> None:
        """Whether a turn could still be had in time, before anything is done for it.

        Raises:
            Busy: it would come too late.
        """
        with self._lock:
            self._latest_start_s()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for one's turn; it lasts as long as the block.

        Raises:
            Busy: at once, where the turn would come too late; or later, where it has not come in time after all.
        """
        ticket = threading.Event()
        start_s = self._enter(ticket)
        try:
            yield
            self._took_s.append(self._clock_s() - start_s)
        finally:
            self._leave(ticket)

    def _enter(self, ticket: threading.Event) -> float:
        """When the turn began: for who has waited, as soon as the one before left. Until a thread wakes up takes a
        while on a busy machine, and belongs to what a turn takes.
        """
        with self._lock:
            latest_start_s = self._latest_start_s()
            waits = bool(self._queue)
            self._queue.append(ticket)
        if not waits:
            return self._clock_s()
        ticket.wait(latest_start_s - self._clock_s())
        with self._lock:
            if ticket.is_set():
                return self._freed_s
            self._queue.remove(ticket)
        raise _busy()

    def _latest_start_s(self) -> float:
        """Of a request that comes now."""
        in_all_s = len(self._queue) * statistics.mean(self._took_s) + max(self._took_s)
        if self._queue and in_all_s > PLANNED_SHARE * self._within_s:
            raise _busy()
        return self._clock_s() + self._within_s - max(self._took_s)

    def _leave(self, ticket: threading.Event) -> None:
        """The next one is called, and nobody else: to wake all that wait would cost more the more there are."""
        with self._lock:
            self._queue.remove(ticket)
            self._freed_s = self._clock_s()
            if self._queue:
                self._queue[0].set()


def _busy() -> Busy:
    return Busy("Too many are speaking at once: wait a few seconds and say it again.")
