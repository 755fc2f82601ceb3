"""The dictionary of how Americans say words."""

from dataclasses import replace

import pytest

from core.errors import ModelError
from core.speech import american_dictionary
from core.speech.american_dictionary import look_up, open_dictionary
from core.speech.arpabet import spell_phones


@pytest.mark.parametrize(
    ("word", "phones"),
    [
        ("sean", "SH AO1 N"),
        ("Michelle", "M IH0 SH EH1 L"),
        ("JOSE", "HH OW2 Z EY1"),
        ("o'brien", "OW0 B R AY1 IH0 N"),
        ("nguyen", "N UW0 Y EH1 N"),  # the first of two ways
        ("zywicki", "Z IH0 W IH1 K IY0"),
    ],
)
def test_a_word_is_found_whole_with_its_stress(word: str, phones: str) -> None:
    assert look_up(word) == tuple(phones.split())


def test_words_are_spelled_with_their_stress() -> None:
    spelled = [spell_phones(look_up(word), stressed=True) for word in ("baumgartner", "about")]
    assert spelled == ["bˈWmɡˌɑɹtnəɹ", "əbˈWt"]


def test_it_is_the_whole_dictionary() -> None:
    assert sum(not line.startswith(b";;;") for line in open_dictionary()[:].splitlines()) > 100_000


@pytest.mark.parametrize("word", ["", "sea n", "nwankwo", "michell e", "José", "日本", "CMUdict", "a(1"])
def test_what_it_lacks_has_no_phones(word: str) -> None:
    assert look_up(word) == ()


def test_a_missing_dictionary_is_told_with_the_command_that_brings_it(monkeypatch: pytest.MonkeyPatch) -> None:
    missing = replace(american_dictionary.PRONOUNCING, package="no_such_package")
    monkeypatch.setattr(american_dictionary, "PRONOUNCING", missing)
    with pytest.raises(ModelError, match="pip install --no-deps pronouncing"):
        open_dictionary.__wrapped__()
