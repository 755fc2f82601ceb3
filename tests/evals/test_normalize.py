import pytest

from core.speech.words import spoken_words
from evals.normalize import normalize_whisper


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", ()),
        ("  ...  ", ()),
        ("Bauer.", ("bauer",)),
        ("Meg O'Brien, please!", ("meg", "o'brien", "please")),
        ("Meg O\u2019Brien's", ("meg", "o'brien's")),
        ("'Hello,' said Mr. Oh.", ("hello", "said", "mr", "oh")),
        ("Jean-Luc", ("jean", "luc")),
        ("José Mäkinen", ("jose", "makinen")),
        ("Stra\u00dfe", ("strasse",)),
        ("\uff2d\uff45\uff47", ("meg",)),
        ("twenty one 21", ("twenty", "one", "21")),
        ("snake_case", ("snake", "case")),
        ("Ben & Jerry", ("ben", "jerry")),
    ],
)
def test_names_stay_words(text: str, words: tuple[str, ...]) -> None:
    assert spoken_words(text) == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", ()),
        ("...", ()),
        ("Meg O'Brien", ("meg", "0", "brien")),
        ("Mr. Oh", ("mister", "0")),
        ("Twenty one colours", ("21", "colors")),
    ],
)
def test_whispers_normaliser_rewrites_numbers_titles_and_spelling(text: str, words: tuple[str, ...]) -> None:
    assert normalize_whisper(text) == words
