"""Which items sound like what was heard, out of few and out of thousands."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.context.bias import Hotword, build_bias_list
from core.dialogue import ContextItem
from core.speech.shortlist import MAX_NAMED, SIZE, list_parts, match_hotwords, shorten

FIRST = [a + b for a in ["Al", "Bren", "Cor", "Dul", "Es", "Fre", "Gan", "Hol", "Ish", "Jor"] for b in ("da", "lin")]
LAST = [
    a + b for a in ["Ash", "Brad", "Cott", "Drum", "Ever", "Fox", "Green", "Hart", "Is", "Jar"] for b in ("ton", "ley")
]
CROWD = [f"{first} {last}" for first in FIRST for last in LAST]


def hotwords(*texts: str) -> tuple[Hotword, ...]:
    return build_bias_list((ContextItem("contacts", text), 0.0) for text in texts).hotwords


def strongest(texts: list[str], *heard: str) -> tuple[str, str]:
    best = match_hotwords(hotwords(*texts), heard)[0]
    return best.hotword.text, best.run


@pytest.mark.parametrize(
    ("heard", "item", "run"),
    [
        ("Power.", "Meg Bauer", "Bauer"),
        ("Here is FEMA.", "Haruto Kirishima", "Kirishima"),
        ("Call store and Bielak, release.", "Soren Bielak", "Soren Bielak"),
        ("the pan of the Chair", "The Fan of the Chair", "Fan of the Chair"),
    ],
)
def test_the_part_that_was_said_is_found_among_hundreds(heard: str, item: str, run: str) -> None:
    assert strongest([*CROWD, item], heard) == (item, run)


def test_all_of_the_n_best_count() -> None:
    assert strongest([*CROWD, "Haruto Kirishima"], "one.", "Here is FEMA.") == ("Haruto Kirishima", "Kirishima")


@settings(max_examples=20)
@given(st.permutations(CROWD[:40]))
def test_the_order_of_the_list_changes_nothing(texts: list[str]) -> None:
    expected = match_hotwords(hotwords(*CROWD[:40]), ["Corda Bradley."])
    shuffled = random.Random(str(texts)).sample(hotwords(*texts), 40)  # noqa: S311
    assert match_hotwords(shuffled, ["Corda Bradley."]) == expected


def test_what_sounds_like_nothing_that_was_said_changes_no_other_match() -> None:
    before = match_hotwords(hotwords("Meg Bauer", "Meg Jones"), ["Power."])
    after = match_hotwords(hotwords("Meg Bauer", "Meg Jones", "Zygmunt Szczecki"), ["Power."])
    assert [match for match in after if match.hotword.text.startswith("Meg")] == list(before)


@pytest.mark.parametrize("heard", [[], [""], ["日本"], ["?!"]])
def test_where_nothing_can_be_pronounced_nothing_is_like_it(heard: list[str]) -> None:
    assert all(match.strength < 0 for match in match_hotwords(hotwords("Meg Bauer"), heard))


@pytest.mark.parametrize("texts", [(), ("日本",), ("the",), ("🙂 Meg",), ("of the", "Meg of the North")])
def test_odd_items_do_no_harm(texts: tuple[str, ...]) -> None:
    assert {match.hotword.text for match in match_hotwords(hotwords(*texts), ["Meg."])} <= set(texts)


def test_named_items_have_places_of_their_own_in_the_prompt() -> None:
    named = [f"Zo{letter}e Quarr" for letter in "bdfgkl"]
    items = [*(ContextItem("prior_turn", text) for text in named), *(ContextItem("contacts", text) for text in CROWD)]
    chosen = shorten(match_hotwords(build_bias_list((item, 0.0) for item in items).hotwords, ["Corda Bradley."]))
    assert len(chosen) == SIZE
    assert sum(hotword.named for hotword in chosen) == MAX_NAMED
    assert chosen[0].text == "Corda Bradley"


def test_parts_of_items_are_listed_strongest_first_and_only_where_they_were_heard() -> None:
    matches = match_hotwords(hotwords("Meg Bauer", "Meg Jones", "Bruno"), ["Power."])
    assert list_parts(matches)[:1] == ("Bauer",)
    assert set(list_parts(matches)) <= {"Bauer", "Meg", "Jones"}
    assert list_parts(match_hotwords(hotwords("Meg Bauer"), [""])) == ()


def test_an_item_that_means_what_is_asked_for_is_prompted_before_one_that_sounds_as_near() -> None:
    """Neither is named; the bias list says which of them the dialogue is about."""
    names = [f"{first} Quarr" for first in ("Zobe", "Zode", "Zoge", "Zoke", "Zole", "Zome", "Zone", "Zope", "Zose")]
    ranked = build_bias_list((ContextItem("screen", name), 0.9 if name == "Zose Quarr" else 0.1) for name in names)
    assert "Zose Quarr" in {hotword.text for hotword in shorten(match_hotwords(ranked.hotwords, ["Quarr."]))}
