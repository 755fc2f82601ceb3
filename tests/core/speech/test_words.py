import pytest

from core.speech.words import end_loop, is_spelled, name_words, split_ending, with_stems


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


@pytest.mark.parametrize(
    ("text", "ended"),
    [
        ("Train. Train. Train. Train. Train.", "Train."),
        ("I said no, no, No no No.", "I said no,"),
        ("Call Meg, call meg, Call Meg. Call Meg", "Call Meg,"),
        ("Ha-ha-ha-ha-ha!", "Ha"),
        ("Don\u2019t,don't,Don't,don't", "Don\u2019t,"),
        ("No, no, no.", "No, no, no."),
        ("... ... ... ...", "... ... ... ..."),
        ("Call Meg Bauer.", "Call Meg Bauer."),
        ("", ""),
    ],
)
def test_a_loop_is_ended_where_it_begins(text: str, ended: str) -> None:
    assert end_loop(text) == ended


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("B-A-U-E-R.", ("b-a-u-e-r",)),
        ("It's B A U, E R!", ("it's", "b-a-u-e-r")),
        ("M.E.G. Bauer", ("m-e-g", "bauer")),
        ("M-E-G B-A-U-E-R", ("m-e-g", "b-a-u-e-r")),
        ("A-B-C d e f", ("a-b-c", "d-e-f")),
        ("Plan B, I think", ("plan", "b", "i", "think")),
        ("", ()),
    ],
)
def test_three_letters_in_a_row_are_one_word_that_is_spelled(text: str, words: tuple[str, ...]) -> None:
    assert name_words(text) == words


@pytest.mark.parametrize(
    ("word", "spelled"), [("b-a-u", True), ("B-A-U-E-R", True), ("a-b", False), ("ha-ha-ha", False)]
)
def test_a_word_of_letters_is_spelled(word: str, spelled: bool) -> None:
    assert is_spelled(word) == spelled
