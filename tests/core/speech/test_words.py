import pytest

from core.speech.words import split_ending, with_stems


@pytest.mark.parametrize(
    ("word", "parts"),
    [
        ("Meg's", ("Meg", "'s")),
        ("Meg\u2019s", ("Meg", "\u2019s")),
        ("Bauers", ("Bauer", "s")),
        ("boss", ("boss", "")),
        ("Gus", ("Gus", "")),
        ("Bauer", ("Bauer", "")),
        ("", ("", "")),
    ],
)
def test_a_word_and_the_ending_of_its_possessive_or_plural(word: str, parts: tuple[str, str]) -> None:
    assert split_ending(word) == parts
    assert with_stems([word]) == {word, parts[0]}
