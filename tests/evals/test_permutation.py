import numpy as np
import pytest
from scipy.stats import permutation_test

from evals.permutation import EXACT_DIALOGUES, FLIPS, measure_p_value


@pytest.mark.parametrize(
    ("first", "second", "p_value"),
    [
        ([3, 0, 2], [3, 0, 2], 1.0),
        # Of the two exchanges of one dialogue both are as far from 0.
        ([4], [1], 1.0),
        # All of 2 ** 3 exchanges: only +++ and --- reach a difference of 3.
        ([1, 1, 1], [0, 0, 0], 2 / 8),
        # 1, 1, -1 sums to 1, and so or further does every choice of three signs.
        ([1, 1, 0], [0, 0, 1], 1.0),
        # Dialogues without a difference add nothing.
        ([1, 1, 1, 5, 0], [0, 0, 0, 5, 0], 2 / 8),
        ([2, 1, 1], [0, 0, 0], 2 / 8),
        ([3, 1], [0, 0], 2 / 4),
        ([], [], None),
    ],
)
def test_small_sets_are_counted_out(first: list[int], second: list[int], p_value: float | None) -> None:
    assert measure_p_value(first, second, seed=1) == p_value


def test_the_order_of_the_arms_changes_nothing() -> None:
    first, second = [3, 1, 4, 1, 5, 9, 2], [2, 7, 1, 8, 2, 8, 1]
    assert measure_p_value(first, second, seed=1) == measure_p_value(second, first, seed=1)


def test_drawn_exchanges_come_close_to_all_exchanges() -> None:
    generator = np.random.default_rng(2)
    first = generator.integers(0, 6, size=EXACT_DIALOGUES + 2)
    second = generator.binomial(first, 0.8) + generator.integers(0, 2, size=len(first))
    exact = permutation_test(
        (first, second), lambda a, b, axis: (a - b).sum(axis=axis), permutation_type="samples", n_resamples=np.inf
    )
    assert measure_p_value(first.tolist(), second.tolist(), seed=1) == pytest.approx(exact.pvalue, abs=0.02)


def test_a_drawn_p_value_is_never_0() -> None:
    assert measure_p_value([5] * 60, [0] * 60, seed=1) == 1 / (1 + FLIPS)


def test_where_nothing_differs_p_is_evenly_spread() -> None:
    """Both arms drawn from the same errors: p falls below 5 % in about one set of twenty."""
    generator = np.random.default_rng(8)
    sets = [generator.poisson(1.5, size=(2, 40)).tolist() for _ in range(200)]
    small = [p for first, second in sets if (p := measure_p_value(first, second, seed=3) or 0.0) <= 0.05]
    assert 0.01 <= len(small) / 200 <= 0.10
