import time
from functools import partial

import pytest

from evals.benchmarks.timing import Ratio, divide_times, time_in_turn


def test_variants_take_turns_and_the_first_round_is_not_counted() -> None:
    calls: list[str] = []
    times_s = time_in_turn({name: partial(calls.append, name) for name in "abc"}, 4)
    assert ["".join(calls[i : i + 3]) for i in range(0, 15, 3)] == ["abc", "bca", "cab", "abc", "bca"]
    assert {name: len(values) for name, values in times_s.items()} == {"a": 4, "b": 4, "c": 4}


def test_what_prepares_a_variant_is_not_in_its_time() -> None:
    prepared: list[str] = []

    def prepare(name: str) -> None:
        prepared.append(name)
        time.sleep(0.02)

    [[took_s]] = time_in_turn({"a": lambda: None}, 1, prepare).values()
    assert prepared == ["a", "a"]
    assert took_s < 0.02


def test_a_variant_that_takes_longer_has_the_larger_time() -> None:
    times_s = time_in_turn({"long": lambda: time.sleep(0.05), "short": lambda: None}, 3)
    assert min(divide_times("x", times_s["long"], times_s["short"]).values) > 1


@pytest.mark.parametrize(
    ("ours_s", "theirs_s", "shown"),
    [
        ([1.0], [2.0], "0.500   0.500 - 0.500   n = 1"),
        ([1.0, 2.0, 9.0], [1.0, 1.0, 3.0], "2.000   1.000 - 3.000   n = 3"),
        ([1.0, 2.0], [1.0, 1.0], "1.500   1.000 - 2.000   n = 2"),
    ],
)
def test_a_row_shows_median_range_and_count(ours_s: list[float], theirs_s: list[float], shown: str) -> None:
    row = divide_times("ours / theirs", ours_s, theirs_s).row
    assert row.startswith("ours / theirs  ")
    assert row.endswith(shown)


def test_rounds_that_do_not_pair_are_an_error() -> None:
    with pytest.raises(ValueError, match="shorter"):
        divide_times("x", [1.0, 2.0], [1.0])


def test_rows_of_long_names_stand_under_one_another() -> None:
    names = ("short", "evaluation of 24 files, both arms, --jobs 64 / stock transcribe")
    assert len({len(Ratio(name, (1.0,)).row) for name in names}) == 1
