"""Names letter by letter."""

import pytest

from core.context.bias import Hotword, build_bias_list
from core.dialogue import ContextItem
from core.speech.phonetics import pronounce
from core.speech.spelling import may_be_spelled, spell_out


def spell(*texts: str) -> list[Hotword]:
    return spell_out(build_bias_list((ContextItem("contacts", text), 0.5) for text in texts).hotwords)


@pytest.mark.parametrize(
    ("text", "spelled"),
    [
        ("B-A-U-E-R", True),
        ("B.A. UER.", True),
        ("It is BAUER.", True),
        ("k o w a l", True),
        ("Power.", False),
        ("Plan B, I think.", False),
        ("", False),
    ],
)
def test_letters_in_a_text_are_noticed(text: str, spelled: bool) -> None:
    assert may_be_spelled(["Hour.", text]) == spelled


def test_a_spelled_item_sounds_like_its_letters() -> None:
    [bauer] = spell("Meg Bauer")
    assert bauer.text == "M-E-G B-A-U-E-R"
    assert bauer.sounds == pronounce("M-E-G B-A-U-E-R")
    assert bauer.item.text == "Meg Bauer"


def test_accents_apostrophes_and_hyphens_are_not_spelled() -> None:
    assert [one.text for one in spell("José O'Brien-Day")] == ["J-O-S-E O-B-R-I-E-N-D-A-Y"]


def test_the_last_letter_has_two_names() -> None:
    assert [way.endswith(("zi", "zɛd")) for way in spell("Sanz")[0].sounds] == [True, True]
    assert len(spell("Sanz")[0].sounds) == 2


@pytest.mark.parametrize("text", ["Al", "Room 7", "日本語", "x" * 16, "Meg B"])
def test_what_nobody_spells_is_left_out(text: str) -> None:
    assert spell(text) == []
