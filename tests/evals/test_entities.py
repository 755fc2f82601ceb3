import pytest

from evals.entities import Entities, count_mentions

CONTACTS = Entities.of([("meg", "jones"), ("meg", "bauer"), ("the", "cedar", "of", "lebanon")])


@pytest.mark.parametrize(
    ("item", "runs"),
    [
        ("", set()),
        ("bauer", {"bauer"}),
        ("meg bauer", {"meg", "bauer", "meg bauer"}),
        ("the cedar of lebanon", {"cedar", "lebanon", "cedar of lebanon"}),
        ("the the", {"the the"}),
    ],
)
def test_an_item_is_mentioned_by_runs_of_its_words(item: str, runs: set[str]) -> None:
    assert {" ".join(run) for run in Entities.of([tuple(item.split())]).runs} == runs


@pytest.mark.parametrize(
    ("text", "mentions"),
    [
        ("", {}),
        ("call the office", {}),
        ("bauer", {"bauer": 1}),
        ("meg bauer", {"meg bauer": 1}),
        ("meg or meg bauer or jones", {"meg": 1, "meg bauer": 1, "jones": 1}),
        ("bauer bauer", {"bauer": 2}),
        ("to the cedar of lebanon", {"cedar of lebanon": 1}),
        ("the cedar of", {"cedar": 1}),
    ],
)
def test_the_longest_run_at_a_place_is_the_mention(text: str, mentions: dict[str, int]) -> None:
    counted = count_mentions(text.split(), CONTACTS)
    assert {" ".join(run): count for run, count in counted.items()} == mentions


def test_without_items_nothing_is_mentioned() -> None:
    assert not count_mentions(["meg"], Entities.of([]))


def test_function_words_are_no_words_of_the_context() -> None:
    assert CONTACTS.words == {"meg", "jones", "bauer", "cedar", "lebanon"}
