import random
from typing import Any

import pytest

from core.dialogue import ContextItem, Signal, Turn
from evals.manifest import Kind, Utterance
from evals.placebo import PlaceboPool
from tests.evals.builders import an_utterance

SEED = 26


def items(signal: Signal, *texts: str) -> tuple[ContextItem, ...]:
    return tuple(ContextItem(signal, text) for text in texts)


def turn(number: int, *context: ContextItem, text: str = "", **changes: Any) -> Utterance:
    return an_utterance(f"u{number}", f"d{number}", text=text, context=context, **changes)


MEG = turn(1, *items("contacts", "Meg Jones", "Meg Bauer"), text="Bauer.", bias_words=("Bauer",))
OLUCHI = turn(2, *items("contacts", "Oluchi Nwankwo", "Petra Bauer", "Ansel Weiss"))
LAMPS = turn(3, *items("devices", "the foyer sconce", "the attic fan"))
OTHERS = (OLUCHI, LAMPS)


def draw(utterance: Utterance, *others: Utterance, seed: int = SEED) -> tuple[ContextItem, ...]:
    pool = PlaceboPool([(u, u.context) for u in (utterance, *others)], seed)
    return pool.draw(utterance, utterance.context)


def test_each_item_gives_way_to_one_of_its_signal_from_another_dialogue() -> None:
    assert set(draw(MEG, *OTHERS)) == set(items("contacts", "Oluchi Nwankwo", "Ansel Weiss"))


def test_no_item_holds_a_word_that_is_said() -> None:
    drawn = [item for seed in range(50) for item in draw(MEG, *OTHERS, seed=seed)]
    assert not any("Bauer" in item.text for item in drawn)
    said = turn(1, *items("contacts", "Meg Bauer"), text="call OLUCHI nwankwo")
    assert {i.text for seed in range(50) for i in draw(said, OLUCHI, seed=seed)} == {"Petra Bauer", "Ansel Weiss"}


def test_words_such_as_the_keep_no_item_out() -> None:
    said = turn(1, *items("devices", "the veranda"), text="the veranda")
    assert len(draw(said, LAMPS)) == 1


def test_where_a_signal_has_too_few_others_fill_its_place() -> None:
    many = turn(1, *items("contacts", "A", "B", "C", "D"))
    drawn = draw(many, *OTHERS)
    assert len(drawn) == 4
    assert {item.signal for item in drawn} == {"contacts", "devices"}


def test_a_set_of_too_few_items_gives_fewer() -> None:
    assert draw(MEG) == ()
    assert len(draw(MEG, turn(2, *items("contacts", "Ansel Weiss")))) == 1


def test_nothing_of_the_same_dialogue_is_drawn() -> None:
    sibling = an_utterance("u9", MEG.dialogue_id, context=items("contacts", "Haruto Sato"))
    assert draw(MEG, sibling) == ()


def test_the_own_context_is_not_drawn_even_where_others_share_it() -> None:
    again = turn(2, *items("contacts", "MEG JONES", "Ansel Weiss"))
    assert draw(MEG, again) == items("contacts", "Ansel Weiss")


def test_names_of_the_reply_before_are_not_drawn() -> None:
    asked = turn(1, *items("contacts", "X"), dialogue=(Turn("assistant", "Do you mean Ansel Weiss?"),))
    assert draw(asked, turn(2, *items("contacts", "Ansel Weiss"))) == ()


def test_a_text_that_two_signals_give_counts_once() -> None:
    both = turn(1, *items("contacts", "Meg Jones"), *items("prior_turn", "meg  jones"))
    assert len(draw(both, OLUCHI)) == 1


def test_what_is_drawn_depends_on_the_seed_and_not_on_the_order_of_the_set() -> None:
    many = [turn(n, *items("contacts", *(f"Name{n}{letter}" for letter in "abcdefgh"))) for n in range(10, 20)]
    shuffled = random.Random(1).sample(many, len(many))  # noqa: S311 - no secret
    assert draw(MEG, *many) == draw(MEG, *shuffled)
    assert len({draw(MEG, *many, seed=seed) for seed in range(10)}) > 5
    assert draw(many[0], *many[1:]) != draw(many[1], *many[2:], many[0])


@pytest.mark.parametrize("kind", ["no_context", "no_speech"])
def test_an_utterance_without_items_gets_none(kind: Kind) -> None:
    assert draw(turn(1, kind=kind), *OTHERS) == ()
