"""Memory that was freed between two recognitions, and who gets it back."""

import sys
import time
from collections.abc import Callable

import psutil
import pytest

from core.speech.admission import Admission
from core.ui.housekeeping import Housekeeper, return_freed_memory

BLOCKS, BLOCK_BYTES = 2000, 100_000  # too small to be lent by the system one by one
FREED_MB = BLOCKS // 2 * BLOCK_BYTES / 2**20
WITHIN_S = 60.0

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="glibc's")


def held_mb() -> float:
    return float(psutil.Process().memory_info().rss) / 2**20


def leave_gaps() -> list[bytes]:
    """Every other block stays, so that nothing is given back by itself."""
    return [b"x" * BLOCK_BYTES for _ in range(BLOCKS)][::2]


def wait_until(holds: Callable[[], bool]) -> None:
    until_s = time.monotonic() + WITHIN_S
    while not holds():
        assert time.monotonic() < until_s
        time.sleep(0.01)


def test_what_was_freed_between_other_blocks_is_given_back() -> None:
    return_freed_memory()
    kept = leave_gaps()
    before_mb = held_mb()
    return_freed_memory()
    assert before_mb - held_mb() > 0.8 * FREED_MB
    assert len(kept) == BLOCKS // 2


def test_nothing_is_done_while_somebody_speaks() -> None:
    admission = Admission()
    return_freed_memory()
    with admission.turn():
        housekeeper = Housekeeper(admission, every_s=0.01)
        kept = leave_gaps()
        before_mb = held_mb()
        time.sleep(0.5)
        assert before_mb - held_mb() < 0.2 * FREED_MB
    wait_until(lambda: before_mb - held_mb() > 0.8 * FREED_MB)
    housekeeper.close()
    assert len(kept) == BLOCKS // 2
