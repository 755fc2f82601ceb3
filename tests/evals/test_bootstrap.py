import numpy as np
import pytest
from scipy.stats import bootstrap

from evals.bootstrap import CHUNK, RESAMPLES, Interval, resample

UNDEFINED = {"value": None, "low": None, "high": None}


def reduction(plain: list[int], context: list[int], seed: int = 1) -> Interval:
    return resample({"plain": plain, "context": context}, seed).measure_reduction("plain", "context")


def difference(first: list[int], second: list[int], whole: list[int], seed: int = 1) -> Interval:
    return resample({"a": first, "b": second, "n": whole}, seed).measure_difference("a", "b", "n")


@pytest.mark.parametrize(
    ("plain", "context", "value"),
    [([4, 4], [2, 2], 0.5), ([1, 3], [0, 0], 1.0), ([2, 2], [3, 3], -0.5), ([2, 0], [2, 0], 0.0)],
)
def test_the_reduction_is_a_share_of_the_errors_without_context(
    plain: list[int], context: list[int], value: float
) -> None:
    assert reduction(plain, context)["value"] == pytest.approx(value)


def test_the_difference_is_that_of_two_rates() -> None:
    assert difference([1, 2], [3, 3], [10, 20])["value"] == pytest.approx(3 / 30)


def test_dialogues_that_all_gain_alike_leave_no_doubt() -> None:
    assert reduction([2, 4, 6], [1, 2, 3]) == {"value": 0.5, "low": 0.5, "high": 0.5}


def test_arms_without_a_difference_differ_by_exactly_nothing() -> None:
    errors, words = [3, 0, 7, 1, 2], [9, 4, 11, 5, 6]
    nothing = {"value": 0.0, "low": 0.0, "high": 0.0}
    assert reduction(errors, errors) == difference(errors, errors, words) == nothing


def test_what_cannot_be_divided_is_undefined() -> None:
    assert reduction([0, 0], [1, 0]) == reduction([], []) == UNDEFINED
    assert difference([1, 0], [1, 2], [0, 0]) == difference([], [], []) == UNDEFINED


def test_one_dialogue_has_no_interval() -> None:
    assert reduction([4], [1]) == {"value": 0.75, "low": None, "high": None}
    assert difference([4], [1], [6]) == {"value": -0.5, "low": None, "high": None}


def test_there_is_no_interval_where_many_resamples_are_undefined() -> None:
    # One dialogue of ten has errors, so a resample misses it with 0.9 ** 10 = 35 %.
    assert reduction([1] + [0] * 9, [0] * 10) == {"value": 1.0, "low": None, "high": None}


def test_the_same_seed_gives_the_same_interval_and_another_seed_another() -> None:
    plain, context = [3, 0, 2, 5, 1, 4, 2], [1, 1, 0, 2, 1, 0, 3]
    assert reduction(plain, context, seed=5) == reduction(plain, context, seed=5)
    assert reduction(plain, context, seed=5) != reduction(plain, context, seed=6)


@pytest.mark.parametrize("resamples", [1, CHUNK - 1, CHUNK, CHUNK + 1])
def test_as_many_resamples_are_drawn_as_are_asked(resamples: int) -> None:
    sums = resample({"words": [1, 1, 1]}, seed=1, resamples=resamples).sums["words"]
    assert sums.tolist() == [3.0] * resamples


def test_the_interval_agrees_with_scipys() -> None:
    generator = np.random.default_rng(3)
    plain = generator.integers(1, 9, size=60)
    context = generator.binomial(plain, 0.6)
    ours = reduction(plain.tolist(), context.tolist())
    theirs = bootstrap(
        (plain, context),
        lambda without, with_, axis: 1 - with_.sum(axis=axis) / without.sum(axis=axis),
        paired=True,
        n_resamples=RESAMPLES,
        method="percentile",
        rng=generator,
    ).confidence_interval
    assert (ours["low"], ours["high"]) == pytest.approx((theirs.low, theirs.high), abs=0.01)


def test_the_interval_holds_the_truth_about_as_often_as_it_says() -> None:
    """Simulated sets of 80 dialogues with 8 words each. Dialogues differ in how hard they are, which both arms share;
    context mends 40 % of the errors. The share of words, not of dialogues, is what the truth is about.
    """
    generator = np.random.default_rng(11)
    hits = sum(_holds_truth(generator) for _ in range(1_500))
    assert 0.93 <= hits / 1_500 <= 0.97


def _holds_truth(generator: np.random.Generator) -> bool:
    hardness = generator.beta(2, 5, size=80)
    plain = generator.binomial(8, hardness)
    context = generator.binomial(plain, 0.6)
    resampled = resample({"plain": plain.tolist(), "context": context.tolist()}, seed=4, resamples=600)
    interval = resampled.measure_reduction("plain", "context")
    assert interval["low"] is not None
    assert interval["high"] is not None
    return interval["low"] <= 0.4 <= interval["high"]
