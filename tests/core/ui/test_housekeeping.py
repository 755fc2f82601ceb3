"""Memory that was freed between two recognitions, and who gets it back: each in a process of its own, where no app that
another test has opened keeps house as well.
"""

import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import psutil
import pytest

from core.speech.admission import Admission
from core.ui.housekeeping import Housekeeper, return_freed_memory

BLOCKS, BLOCK_BYTES = 2000, 100_000  # too small to be lent by the system one by one
FREED_MB = BLOCKS // 2 * BLOCK_BYTES / 2**20
WITHIN_S = 60.0

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="glibc's")


def run_alone(measure: Callable[[], tuple[float, ...]]) -> tuple[float, ...]:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(measure).result(120)


def held_mb() -> float:
    return float(psutil.Process().memory_info().rss) / 2**20


def leave_gaps() -> list[bytes]:
    """Every other block stays, so that nothing is given back by itself."""
    return [b"x" * BLOCK_BYTES for _ in range(BLOCKS)][::2]


def measure_what_is_returned() -> tuple[float]:
    kept = leave_gaps()
    before_mb = held_mb()
    return_freed_memory()
    after_mb = held_mb()
    assert len(kept) == BLOCKS // 2
    return (before_mb - after_mb,)


def measure_around_a_turn() -> tuple[float, float]:
    """While somebody speaks, and after it."""
    admission = Admission()
    with admission.turn():
        housekeeper = Housekeeper(admission, every_s=0.01)
        kept = leave_gaps()
        before_mb = held_mb()
        time.sleep(0.5)
        meanwhile_mb = before_mb - held_mb()
    until_s = time.monotonic() + WITHIN_S
    while before_mb - held_mb() < 0.8 * FREED_MB and time.monotonic() < until_s:
        time.sleep(0.01)
    housekeeper.close()
    after_mb = before_mb - held_mb()
    assert len(kept) == BLOCKS // 2
    return meanwhile_mb, after_mb


def test_what_was_freed_between_other_blocks_is_given_back() -> None:
    [returned_mb] = run_alone(measure_what_is_returned)
    assert returned_mb > 0.8 * FREED_MB


def test_nothing_is_done_while_somebody_speaks() -> None:
    meanwhile_mb, after_mb = run_alone(measure_around_a_turn)
    assert meanwhile_mb < 0.2 * FREED_MB
    assert after_mb > 0.8 * FREED_MB
