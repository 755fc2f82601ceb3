"""What the figures of `python -m evals.load` mean; the app is asked in `tests/browser/test_many_tabs.py`."""

import pytest

from evals.load import Level, Request


def test_goodput_counts_texts_that_came_in_time() -> None:
    requests = (Request(True, 1.0), Request(True, 8.0), Request(True, 8.1), Request(False, 0.1))
    level = Level(4.0, 10.0, requests, unasked=2)
    assert level.goodput == pytest.approx(0.2)
    assert level.row == (
        "   4 x capacity: goodput 0.20/s; 3 answered (median 8,000 ms, p99 8,098 ms); "
        "1 refused (median 100 ms, p99 100 ms); 2 not asked"
    )


def test_a_level_in_which_nothing_was_refused() -> None:
    assert Level(0.5, 1.0, (), 0).row == " 0.5 x capacity: goodput 0.00/s; 0 answered; 0 refused; 0 not asked"
