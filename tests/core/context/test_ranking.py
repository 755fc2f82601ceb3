"""From the dialogue to the bias list, with the real embedder where it is about meaning."""

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.assistant import load_catalogue
from core.context.embedding import Embedder
from core.context.ranking import CLASSES, NO_CONTEXT, TURNS_IN_VECTOR, Context, compute_context, rank_candidates
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


def test_only_the_last_utterance_and_its_reply_are_in_the_vector() -> None:
    before = (Turn("user", "Play jazz."), Turn("assistant", "Playing jazz."))
    long, short = (compute_context(turns, (), embed_by_hash).vector for turns in (before + TURNS, TURNS))
    assert TURNS_IN_VECTOR == 2
    assert long is not None
    assert short is not None
    assert np.array_equal(long, short)
    other = compute_context(before, (), embed_by_hash).vector
    assert other is not None
    assert not np.array_equal(long, other)


def test_no_context_is_empty() -> None:
    assert NO_CONTEXT.vector is None
    assert not NO_CONTEXT.bias
