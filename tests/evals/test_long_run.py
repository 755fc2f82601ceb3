"""A few turns of what `python -m evals.long_run` does thousands of, with the real parts; and what its figures mean."""

import pytest

from core.conversation import Parts
from evals.benchmarks.growth import Held, fit_growth_mb
from evals.long_run import run_turns


def test_a_few_turns_and_a_kill_leave_nothing_behind(parts: Parts) -> None:
    run = run_turns(parts, turns=12, kill_every=6)
    assert (run.kills, run.held[-1].done) == (2, 12)
    assert run.used >= 1  # after a kill, and on a busy machine, the context may come too late
    assert run.held[-1].processes == run.held[0].processes
    assert run.held[-1].files <= run.held[0].files + 1  # the store opens its journal anew
    assert run.row.startswith("12 turns, 6 conversations, 2 kills, context used ")


def test_growth_is_measured_after_the_warm_up() -> None:
    held = [Held(0, 100.0, 9, 3), *(Held(turns, 500.0 + turns / 500, 9, 3) for turns in range(2000, 10001, 500))]
    assert fit_growth_mb(held) == pytest.approx(2.0)
