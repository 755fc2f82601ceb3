import numpy as np
import pytest
from scipy.stats import bootstrap

from evals.bootstrap import RESAMPLES, measure_reduction


@pytest.mark.parametrize(
    ("plain", "context", "value"),
    [([4, 4], [2, 2], 0.5), ([1, 3], [0, 0], 1.0), ([2, 2], [3, 3], -0.5), ([2, 0], [2, 0], 0.0)],
)
def test_the_reduction_is_a_share_of_the_errors_without_context(
    plain: list[int], context: list[int], value: float
) -> None:
    assert measure_reduction(plain, context, seed=1)["value"] == pytest.approx(value)


def test_dialogues_that_all_gain_alike_leave_no_doubt() -> None:
    assert measure_reduction([2, 4, 6], [1, 2, 3], seed=1) == {"value": 0.5, "low": 0.5, "high": 0.5}


def test_without_errors_nothing_is_defined() -> None:
    undefined = {"value": None, "low": None, "high": None}
    assert measure_reduction([0, 0], [1, 0], seed=1) == undefined
    assert measure_reduction([], [], seed=1) == undefined


def test_one_dialogue_has_no_interval() -> None:
    assert measure_reduction([4], [1], seed=1) == {"value": 0.75, "low": None, "high": None}


def test_there_is_no_interval_where_many_resamples_are_undefined() -> None:
    # One dialogue of ten has errors, so a resample misses it with 0.9 ** 10 = 35 %.
    assert measure_reduction([1] + [0] * 9, [0] * 10, seed=1) == {"value": 1.0, "low": None, "high": None}


def test_the_same_seed_gives_the_same_interval_and_another_seed_another() -> None:
    plain, context = [3, 0, 2, 5, 1, 4, 2], [1, 1, 0, 2, 1, 0, 3]
    assert measure_reduction(plain, context, seed=5) == measure_reduction(plain, context, seed=5)
    assert measure_reduction(plain, context, seed=5) != measure_reduction(plain, context, seed=6)


def test_the_interval_agrees_with_scipys() -> None:
    generator = np.random.default_rng(3)
    plain = generator.integers(1, 9, size=60)
    context = generator.binomial(plain, 0.6)
    ours = measure_reduction(plain.tolist(), context.tolist(), seed=1)
    theirs = bootstrap(
        (plain, context),
        lambda without, with_, axis: 1 - with_.sum(axis=axis) / without.sum(axis=axis),
        paired=True,
        n_resamples=RESAMPLES,
        method="percentile",
        rng=generator,
    ).confidence_interval
    assert (ours["low"], ours["high"]) == pytest.approx((theirs.low, theirs.high), abs=0.01)
