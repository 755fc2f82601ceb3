import pytest

from core.speech.phonetics import is_word, list_words, pronounce


@pytest.mark.parametrize(("text", "american"), [("Bauer", "bWəɹ"), ("power", "pWəɹ")])
def test_words_become_phonemes(text: str, american: str) -> None:
    assert pronounce(text)[0] == american


def test_words_that_sound_alike_are_the_same() -> None:
    assert pronounce("Philz") == pronounce("fills")


def test_both_accents_are_there_where_they_differ() -> None:
    assert pronounce("Bauer") == ("bWəɹ", "bWə")
    assert len(pronounce("Meg")) == 1


def test_a_word_of_letters_is_said_letter_by_letter() -> None:
    assert pronounce("h-a-z-e-l") == pronounce("H-A-Z-E-L") == ("AʧAziiɛl",)


@pytest.mark.parametrize("text", ["", "  ", "日本", "😀", "?!", "\ud800"])
def test_what_cannot_be_said_has_no_sound(text: str) -> None:
    assert pronounce(text) == ()


@pytest.mark.parametrize(
    ("word", "known"),
    [
        ("power", True),
        ("jones", True),
        ("called", True),
        ("meg's", True),
        ("70", True),
        ("verhavens", False),
        ("", False),
    ],
)
def test_words_of_the_dictionary_are_known(word: str, known: bool) -> None:
    assert is_word(word) is known


def test_the_dictionary_can_be_read() -> None:
    words = list_words()
    assert len(words) == len(set(words)) > 100_000
    assert {"power", "Phil"} <= set(words)
