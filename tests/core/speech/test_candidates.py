import pytest

from core.context.bias import build_bias_list
from core.dialogue import ContextItem
from core.speech.candidates import MOST_RUNS, Replacement, choose_apart, propose_replacements, replace_words
from core.speech.shortlist import match_hotwords


def propose(plain: str, *items: str) -> tuple[str, ...]:
    hotwords = build_bias_list((ContextItem("contacts", item), 0.0) for item in items).hotwords
    proposed = propose_replacements(plain, match_hotwords(hotwords, [plain]))
    return tuple(dict.fromkeys(replace_words(plain, [one]) for one in proposed))


@pytest.mark.parametrize(
    ("plain", "item", "texts"),
    [
        ("Power.", "Meg Bauer", ("Bauer.",)),
        ("Call power, please.", "Meg Bauer", ("Call Bauer, please.", "Bauer.")),
        ("Is it “power”?", "Bauer", ("Is it “Bauer”?", "Bauer.")),
        ("To wet bistro.", "Chouette Bistro", ("Chouette Bistro.",)),
        ("", "Bauer", ("Bauer.",)),
        ("日本", "Bauer", ("Bauer.",)),
    ],
)
def test_a_name_takes_the_place_of_what_sounds_like_it_or_stands_alone(
    plain: str, item: str, texts: tuple[str, ...]
) -> None:
    assert set(texts) <= set(propose(plain, item))
    assert len(propose(plain, item)) <= 4


@pytest.mark.parametrize(
    ("plain", "item", "text"),
    [
        ("Is it power's number?", "Meg Bauer", "Is it Bauer's number?"),
        ("Is it power\u2019s number?", "Meg Bauer", "Is it Bauer\u2019s number?"),
        ("Call the powers.", "Meg Bauer", "Call the Bauers."),
    ],
)
def test_a_possessive_or_plural_is_kept_and_may_be_dropped(plain: str, item: str, text: str) -> None:
    assert {text, text.replace("'s", "").replace("\u2019s", "").replace("Bauers", "Bauer")} <= set(propose(plain, item))


@pytest.mark.parametrize(
    ("plain", "item", "text"),
    [
        ("Playtime everyone, please.", "Tinariwen", "Play Tinariwen, please."),
        ("Phonelis Tan.", "Ellis Tan", "Phone Ellis Tan."),
        ("Please open-area bell.", "Aria Bell", "Please open Aria Bell."),
        ("“Player's”", "Eartha", "“Play Eartha”"),
    ],
)
def test_a_name_may_begin_in_the_middle_of_a_word(plain: str, item: str, text: str) -> None:
    assert text in propose(plain, item)


def test_what_is_kept_of_a_word_is_a_word_that_is_said_so() -> None:
    assert "Thorn Abby." in propose("Thornaby.", "Abby")
    assert not any(text.startswith(("The ", "Thea ")) for text in propose("Theatre.", "Hatter"))
    assert not any(text.startswith("Star ") for text in propose("Start family with me.", "Tramlines Weekly"))


def test_a_name_that_ends_so_itself_gets_no_second_ending() -> None:
    assert not any("Joness" in text or "Jones's" in text for text in propose("Call Jonas.", "Meg Jones"))


def test_only_the_strongest_are_proposed() -> None:
    assert len(propose("Power.", *(f"{letter}ower" for letter in "BCDFGHJKLM"))) <= 4


def test_a_longer_text_may_hold_more_names_and_what_is_written_already_takes_no_place() -> None:
    plain = "It was Dursley who told power and the jones about Winchester and the harpers of Kensington."
    proposed = propose(plain, "Dursley", "Bauer", "Joneses", "Winchester", "Kensington", "Harpur")
    assert any("Bauer" in text for text in proposed)
    assert any("Harpur" in text for text in proposed)
    assert plain not in proposed
    assert len(proposed) <= 2 * MOST_RUNS


def test_several_replacements_stand_in_one_text_where_they_do_not_overlap() -> None:
    first, second, over_both = Replacement(0, 1, "Meg"), Replacement(2, 3, "Bauer."), Replacement(0, 3, "Jones.")
    assert choose_apart([second, over_both, first]) == (second, first)
    assert choose_apart([over_both, first, second]) == (over_both,)
    assert replace_words("Mac and power.", [second, first]) == "Meg and Bauer."
    assert replace_words("Mac and power.", []) == "Mac and power."


def test_a_long_sentence_is_no_name_alone() -> None:
    plain = "It was here that the most magnificent power was."
    assert "Bauer." not in propose(plain, "Meg Bauer")
    assert "It was here that the most magnificent Bauer was." in propose(plain, "Meg Bauer")


def test_a_name_that_ends_with_a_point_gets_no_second_one() -> None:
    texts = propose("Call Conrad Foss Junior.", "Conrad Voss Jr.")
    assert "Call Conrad Voss Jr." in texts
    assert not any(".." in text for text in texts)
