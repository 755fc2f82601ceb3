import pytest

from core.speech.phones import index_phones
from core.speech.phonetics import SILENT, is_listed, is_word, list_words, pronounce, sound_out


@pytest.mark.parametrize(("text", "american"), [("Bauer", "bWəɹ"), ("power", "pWəɹ")])
def test_words_become_phonemes(text: str, american: str) -> None:
    assert pronounce(text)[0] == american


def test_words_that_sound_alike_are_the_same() -> None:
    assert pronounce("Philz") == pronounce("fills")


def test_both_accents_are_there_where_they_differ() -> None:
    assert pronounce("Bauer") == ("bWəɹ", "bWə")
    assert len(pronounce("Meg")) == 1


def test_a_name_that_no_dictionary_has_is_said_as_the_network_guesses_too() -> None:
    assert pronounce("Baumgartner.") == ("bɔmɡɑɹtnəɹ", "bɔmɡɑtnə", "bWmɡɑɹtnəɹ")
    assert pronounce("Call Baumgartner's office")[2] == "kɔl bWmɡɑɹtnəɹz ɔfəs"
    assert pronounce("Smith-Baumgartner")[2] == "smɪθbWmɡɑɹtnəɹ"


def test_what_one_accent_sounds_like_holds_no_guess() -> None:
    british, american = sound_out("Baumgartner", british=True), sound_out("Baumgartner")
    assert [list(british), list(american)] == [list(index_phones(way)) for way in ("bɔmɡɑtnə", "bɔmɡɑɹtnəɹ")]
    assert len(sound_out("日本")) == 0


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
        ("minutes", True),
        ("degrees", True),
        ("parties", True),
        ("making", True),
        ("meg's", True),
        ("70", True),
        ("verhavens", False),
        ("", False),
    ],
)
def test_words_of_the_dictionary_are_known(word: str, known: bool) -> None:
    assert is_word(word) is known


def test_a_form_of_a_word_is_not_listed_itself() -> None:
    assert is_word("minutes")
    assert not is_listed("minutes")
    assert is_listed("minute")


def test_each_written_word_has_a_group_however_many_words_are_said() -> None:
    assert pronounce("Rocky IV") == ("ɹɑki fɔɹ", "ɹɒki fɔ", "ɹɑki ðəfɔɹθ", "ɹɒki ðəfɔθ")
    assert pronounce("Fig & Olive")[0] == "fɪɡ ænd ɑləv"
    assert pronounce("JFK") == ("ʤAɛfkA",)
    assert pronounce("Anna - work")[0].split(" ")[1] == SILENT


def test_the_dictionary_can_be_read() -> None:
    words = list_words()
    assert len(words) == len(set(words)) > 100_000
    assert {"power", "Phil"} <= set(words)
