"""What is done while nobody speaks: memory that was freed goes back to the system.

glibc keeps it for later. But large and small blocks come and go in no order, so of what a recognition frees only a part
fits the next one, and the app would grow with each tab. To return every block at once would take twice a turn's time.
"""

import ctypes
import threading

from core.speech.admission import Admission

EVERY_S = 30.0
LOOK_AGAIN_S = 0.1


class Housekeeper:
    """A thread that returns memory now and then, between two recognitions. C libraries other than glibc go without."""

    def __init__(self, admission: Admission, every_s: float = EVERY_S) -> None:
        self._admission = admission
        self._every_s = every_s
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="housekeeper", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End the thread."""
        self._closing.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._closing.wait(self._every_s):
            while self._admission.in_flight and not self._closing.wait(LOOK_AGAIN_S):
                pass
            return_freed_memory()


def return_freed_memory() -> None:
    """Whole pages of it. Takes some 15 ms where it is a hundred MB."""
    if trim := getattr(ctypes.CDLL(None), "malloc_trim", None):
        trim(0)
