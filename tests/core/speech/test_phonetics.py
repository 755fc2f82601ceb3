import pytest

from core.speech.phonetics import pronounce


@pytest.mark.parametrize(("text", "american"), [("Bauer", "bWəɹ"), ("power", "pWəɹ")])
def test_words_become_phonemes(text: str, american: str) -> None:
    assert pronounce(text)[0] == american


def test_words_that_sound_alike_are_the_same() -> None:
    assert pronounce("Philz") == pronounce("fills")


def test_both_accents_are_there_where_they_differ() -> None:
    assert pronounce("Bauer") == ("bWəɹ", "bWə")
    assert len(pronounce("Meg")) == 1


@pytest.mark.parametrize("text", ["", "  ", "日本", "😀", "?!", "\ud800"])
def test_what_cannot_be_said_has_no_sound(text: str) -> None:
    assert pronounce(text) == ()
