"""Parts of a number."""

from evals.parts import split


def test_parts_are_as_large_as_they_may_be_and_the_last_one_is_the_rest() -> None:
    assert [split(count, 50) for count in (0, 8, 50, 120)] == [[], [8], [50], [50, 50, 20]]
