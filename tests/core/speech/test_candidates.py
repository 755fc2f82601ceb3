import pytest

from core.context.bias import build_bias_list
from core.dialogue import ContextItem
from core.speech.candidates import MAX_RUNS, propose_texts
from core.speech.shortlist import match_hotwords


def propose(plain: str, *items: str) -> tuple[str, ...]:
    hotwords = build_bias_list((ContextItem("contacts", item), 0.0) for item in items).hotwords
    return propose_texts(plain, match_hotwords(hotwords, [plain]))


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
    assert len(propose(plain, item)) <= 2 * MAX_RUNS


def test_only_the_strongest_are_proposed() -> None:
    assert len(propose("Power.", *(f"{letter}ower" for letter in "BCDFGHJKLM"))) <= 2 * MAX_RUNS


def test_a_long_sentence_is_no_name_alone() -> None:
    plain = "It was here that the most magnificent power was."
    assert "Bauer." not in propose(plain, "Meg Bauer")
    assert "It was here that the most magnificent Bauer was." in propose(plain, "Meg Bauer")
