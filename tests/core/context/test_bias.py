"""The bias list: an order that depends on the scores and the texts, and on nothing else."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.context.bias import EMPTY, BiasList, build_bias_list
from core.dialogue import ContextItem, Signal

SIGNALS: list[Signal] = ["contacts", "devices", "prior_turn"]
ITEMS = st.builds(
    ContextItem, st.sampled_from(SIGNALS), st.text(alphabet="aAbB ß\t", max_size=4) | st.sampled_from(["Meg", "MEG"])
)
SCORED = st.lists(st.tuples(ITEMS, st.sampled_from([-0.5, 0.0, 0.25, 0.5])), max_size=8)


def texts_of(bias: BiasList) -> list[str]:
    return [hotword.text for hotword in bias.hotwords]


def contact(text: str) -> ContextItem:
    return ContextItem("contacts", text)


@pytest.mark.parametrize(
    ("scored", "texts"),
    [
        ([], []),
        ([("Meg Bauer", 0.2), ("Meg Jones", 0.9), ("Tom", -0.1)], ["Meg Jones", "Meg Bauer", "Tom"]),
        ([("b", 0.5), ("A", 0.5), ("a c", 0.5)], ["A", "a c", "b"]),
        ([("", 0.9), ("  \n", 0.8), ("Meg", 0.1)], ["Meg"]),
        ([("  Meg \n Bauer ", 0.5)], ["Meg Bauer"]),
        ([("Meg", 0.1), ("Meg", 0.9), ("Tom", 0.5)], ["Meg", "Tom"]),
        ([("meg", 0.9), ("MEG", 0.1)], ["meg"]),
        ([("Meg  Bauer", 0.3), ("meg bauer", 0.1)], ["Meg Bauer"]),
    ],
)
def test_hotwords_come_best_first_on_one_line_and_no_text_twice(
    scored: list[tuple[str, float]], texts: list[str]
) -> None:
    assert texts_of(build_bias_list((contact(text), score) for text, score in scored)) == texts


def test_a_hotword_knows_its_item_and_its_score() -> None:
    item = ContextItem("devices", " foyer  sconce")
    [hotword] = build_bias_list([(item, 0.25)]).hotwords
    assert (hotword.text, hotword.item, hotword.score) == ("foyer sconce", item, 0.25)


@given(SCORED, st.randoms(use_true_random=False))
def test_the_order_of_the_items_never_matters(scored: list[tuple[ContextItem, float]], dice: random.Random) -> None:
    shuffled = list(scored)
    dice.shuffle(shuffled)
    assert build_bias_list(shuffled) == build_bias_list(scored)


@given(SCORED)
def test_every_text_is_there_once_with_its_best_score(scored: list[tuple[ContextItem, float]]) -> None:
    best: dict[str, float] = {}
    for item, score in scored:
        text = " ".join(item.text.split()).casefold()
        if text:
            best[text] = max(score, best.get(text, -1.0))
    hotwords = build_bias_list(scored).hotwords
    assert {hotword.text.casefold(): hotword.score for hotword in hotwords} == best
    assert len(hotwords) == len(best)
    assert [hotword.score for hotword in hotwords] == sorted(best.values(), reverse=True)


def test_an_empty_list_is_false_and_has_no_length() -> None:
    assert not EMPTY
    assert len(EMPTY) == 0
    full = build_bias_list([(contact("Meg"), 0.0)])
    assert full
    assert len(full) == 1


@given(SCORED)
def test_what_was_named_stays_in_its_order(scored: list[tuple[ContextItem, float]]) -> None:
    bias = build_bias_list(scored)
    named = {" ".join(item.text.split()).casefold() for item, _ in scored if item.signal == "prior_turn"}
    assert texts_of(bias.keep_named()) == [text for text in texts_of(bias) if text.casefold() in named]
