"""From the dialogue to the bias list, with the real embedder where it is about meaning."""

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.assistant import load_catalogue
from core.context.embedding import Embedder
from core.context.ranking import CLASSES, NO_CONTEXT, Context, compute_context, list_rounds, rank_candidates
from core.context.sequence import INFORMATION_WEIGHT, ROUNDS, weigh
from core.dialogue import ContextItem, Signal, Turn
from core.settings import ROOT
from tests.core.context.embeddings import DIMENSIONS, embed_by_hash

TURNS = (Turn("user", "Call Meg."), Turn("assistant", "Do you mean Meg Jones or Meg Bauer?"))
SIGNALS: list[Signal] = ["contacts", "devices"]
ITEMS = st.lists(st.builds(ContextItem, st.sampled_from(SIGNALS), st.text(max_size=5)), max_size=10)


def texts_of(context: Context) -> list[str]:
    return [hotword.text for hotword in context.bias.hotwords]


@pytest.fixture(scope="module")
def contacts() -> list[ContextItem]:
    return [ContextItem("contacts", contact.name) for contact in load_catalogue(ROOT / "data").contacts]


def test_the_two_that_were_offered_come_first_of_the_whole_address_book(
    embedder: Embedder, contacts: list[ContextItem]
) -> None:
    context = compute_context(TURNS, contacts, embedder.encode)
    assert set(texts_of(context)[:2]) == {"Meg Bauer", "Meg Jones"}
    assert sorted(texts_of(context)) == sorted(item.text for item in contacts)


def test_the_ranking_follows_the_dialogue_not_the_file(embedder: Embedder, contacts: list[ContextItem]) -> None:
    turns = (Turn("user", "Call Anna."), Turn("assistant", "Do you mean Anna Lindqvist or Anna Kowalczyk?"))
    for items in (contacts, contacts[::-1]):
        assert set(texts_of(compute_context(turns, items, embedder.encode))[:2]) == {"Anna Lindqvist", "Anna Kowalczyk"}


def test_a_score_adds_the_cosines_of_item_and_class(embedder: Embedder, contacts: list[ContextItem]) -> None:
    context = compute_context(TURNS, contacts, embedder.encode)
    assert context.vector is not None
    assert context.vector.dtype == np.float32
    assert np.linalg.norm(context.vector) == pytest.approx(1.0, abs=1e-5)
    for hotword in context.bias.hotwords[:3]:
        cosines = embedder.encode([hotword.text, *CLASSES["contacts"]]) @ context.vector
        assert hotword.score == pytest.approx(float(cosines.sum()), abs=1e-3)


@pytest.mark.parametrize(
    ("reply", "signal"),
    [
        ("Which restaurant shall I book?", "places"),
        ("Here is the list on the screen. Which one shall I open?", "screen"),
        ("Whom shall I call?", "contacts"),
        ("Which song do you want to hear?", "media"),
        ("Which device shall I switch on?", "devices"),
    ],
)
def test_the_class_follows_from_the_reply(embedder: Embedder, reply: str, signal: Signal) -> None:
    items = [ContextItem(one, "Maplewood") for one in CLASSES]
    ranked = [rank_candidates((Turn("assistant", reply),), [item], embedder.encode).bias.hotwords[0] for item in items]
    assert max(ranked, key=lambda hotword: hotword.score).item.signal == signal


@given(ITEMS, st.randoms(use_true_random=False))
def test_the_order_of_the_items_changes_nothing(items: list[ContextItem], dice: random.Random) -> None:
    shuffled = list(items)
    dice.shuffle(shuffled)
    assert compute_context(TURNS, shuffled, embed_by_hash).bias == compute_context(TURNS, items, embed_by_hash).bias


@pytest.mark.parametrize("count", [*range(1, 18), 100])
def test_a_score_does_not_depend_on_the_place_of_its_item(count: int) -> None:
    """A product of matrices may round a row by its place among the others."""
    items = [ContextItem("contacts", f"Contact {number}") for number in range(count)]
    assert compute_context(TURNS, items[::-1], embed_by_hash).bias == compute_context(TURNS, items, embed_by_hash).bias


@given(ITEMS)
def test_all_items_and_the_names_of_the_reply_are_ranked(items: list[ContextItem]) -> None:
    texts = {" ".join(item.text.split()).casefold() for item in items} | {"meg jones", "meg bauer"}
    assert {text.casefold() for text in texts_of(compute_context(TURNS, items, embed_by_hash))} == texts - {""}


@pytest.mark.parametrize("turns", [(), (Turn("user", ""), Turn("assistant", "  "))])
def test_where_nothing_was_said_there_is_no_vector_and_nothing_is_embedded(turns: tuple[Turn, ...]) -> None:
    def must_not_embed(_: object) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
        raise AssertionError

    context = compute_context(turns, [ContextItem("devices", "lamp"), ContextItem("devices", "fan")], must_not_embed)
    assert context.vector is None
    assert texts_of(context) == ["fan", "lamp"]
    assert {hotword.score for hotword in context.bias.hotwords} == {0.0}


def test_without_items_and_names_the_vector_is_there_and_the_list_is_empty() -> None:
    context = compute_context((Turn("user", "call someone"), Turn("assistant", "Who?")), (), embed_by_hash)
    assert context.vector is not None
    assert context.vector.shape == (DIMENSIONS,)
    assert not context.bias


JAZZ = (Turn("user", "Play jazz."), Turn("assistant", "Playing jazz."))
WEATHER = (Turn("user", "How warm is it?"), Turn("assistant", "It is twenty degrees."))


def test_an_earlier_round_weighs_less_and_the_one_before_it_less_still() -> None:
    vector = compute_context((*JAZZ, *WEATHER, *TURNS), (), embed_by_hash).vector
    rows = embed_by_hash([" ".join(turn.text for turn in round_) for round_ in (TURNS, WEATHER, JAZZ)])
    mean = rows[0] + weigh(1) * rows[1] + weigh(2) * rows[2]
    assert 1.0 > weigh(1) > weigh(2) > 0.0
    assert vector == pytest.approx(mean / np.linalg.norm(mean), abs=1e-6)


def test_one_round_alone_is_its_own_vector_to_the_last_bit() -> None:
    vector = compute_context(TURNS, (), embed_by_hash).vector
    assert vector is not None
    assert np.array_equal(vector, embed_by_hash([" ".join(turn.text for turn in TURNS)])[0])


def test_rounds_that_are_too_old_change_nothing() -> None:
    earlier = WEATHER * (ROUNDS - 1)
    with_old, without = (compute_context((*old, *earlier, *TURNS), (), embed_by_hash) for old in (JAZZ, ()))
    assert np.array_equal(with_old.vector, without.vector)  # type: ignore[arg-type]


def test_a_users_turn_begins_a_round() -> None:
    assert list_rounds((Turn("assistant", "Hello."), *JAZZ, Turn("user", " "), *WEATHER)) == [
        "Hello.",
        "Play jazz. Playing jazz.",
        "How warm is it? It is twenty degrees.",
    ]


def test_what_else_is_known_tips_the_scales() -> None:
    vector = compute_context(TURNS, (), embed_by_hash, information={"preferences": "quiet", "device": " "}).vector
    said, told = embed_by_hash([" ".join(turn.text for turn in TURNS), "quiet"])
    mean = said + INFORMATION_WEIGHT * told
    assert vector == pytest.approx(mean / np.linalg.norm(mean), abs=1e-6)


def test_names_of_earlier_replies_are_ranked_too_but_were_not_just_named() -> None:
    cafes = (Turn("user", "Find a coffee shop."), Turn("assistant", "I found Philz Coffee and Meg Jones."))
    context = compute_context((*cafes, *TURNS), (), embed_by_hash)
    found = {hotword.text: (hotword.item.signal, hotword.named) for hotword in context.bias.hotwords}
    assert found == {
        "Philz Coffee": ("earlier_turns", False),
        "Meg Jones": ("prior_turn", True),
        "Meg Bauer": ("prior_turn", True),
    }


@pytest.mark.parametrize(
    ("likes", "first"), [("curry and rice", "Lotus, an Indian restaurant"), ("pizza", "Marino, an Italian restaurant")]
)
def test_a_preference_decides_between_equals(embedder: Embedder, likes: str, first: str) -> None:
    turns = (Turn("user", "Find a restaurant."), Turn("assistant", "I found two of them."))
    items = [ContextItem("places", name) for name in ("Lotus, an Indian restaurant", "Marino, an Italian restaurant")]
    context = compute_context(turns, items, embedder.encode, information={"preferences": likes})
    assert texts_of(context)[0] == first


def test_no_context_is_empty() -> None:
    assert NO_CONTEXT.vector is None
    assert not NO_CONTEXT.bias
