"""Names in written replies."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.context.signals import name_spans, prior_turn_items
from core.dialogue import ContextItem, Turn


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("Do you mean Meg Jones or Meg Bauer?", ("Meg Jones", "Meg Bauer")),
        ("Do you mean Meg Jones, Meg Bauer or Tom?", ("Meg Jones", "Meg Bauer", "Tom")),
        ("Do you mean A, B or C?", ("A", "B", "C")),
        ("Do you mean Meg Jones,Meg Bauer?", ("Meg Jones,Meg Bauer",)),
        # sentences
        ("", ()),
        ("   \n\t ", ()),
        ("okay", ()),
        ("Okay.", ()),
        ("Okay. Which one?", ()),
        ("Sorry, do you mean Meg?", ("Meg",)),
        ("I know 5 of those. Which one?", ()),
        ("Calling… Please wait! Done? Yes.", ()),
        ('She said "Wait." Then nothing.', ("Wait",)),
        # a run that begins a sentence: its first word may be a name or not
        ("Is Meg Bauer right?", ("Is Meg Bauer", "Meg Bauer")),
        ("Meg Bauer is busy.", ("Meg Bauer", "Bauer")),
        ("Meg is busy.", ()),
        # I
        ("Shall I call Meg?", ("Meg",)),
        ("Today I'm calling Meg, I'll wait and I've time.", ("Meg",)),
        ("Today I’m calling Meg.", ("Meg",)),  # noqa: RUF001
        ("Is it Iain or Ida?", ("Iain", "Ida")),
        # letters and punctuation
        ("Do you mean Sinéad O'Brien or Tom O’Brien?", ("Sinéad O'Brien", "Tom O’Brien")),  # noqa: RUF001
        ("Do you mean “Meg Jones” or (Meg Bauer)?", ("Meg Jones", "Meg Bauer")),
        ("Do you mean 'Meg', \"Tom\" or «Ida»?", ("Meg", "Tom", "Ida")),
        ("Is it Anne-Marie Smith-Jones?", ("Anne-Marie Smith-Jones",)),
        ("Is it Žižek, Øystein or Ángel?", ("Žižek", "Øystein", "Ángel")),
        ("It is Meg – not Tom — or … nobody ...", ("Meg", "Tom")),  # noqa: RUF001
        ("Is it McDonald's or the Alhambra?", ("McDonald's", "Alhambra")),
        ("Is it Meg: 2 numbers?", ("Meg",)),
        ("is it 李小龍 or meg?", ()),
        # points that end no sentence
        ("Do you mean Dr. Smith or Mr. Oh?", ("Dr Smith", "Mr Oh")),
        ("Is it J. R. Tolkien?", ("J R Tolkien",)),
        ("Is it in St. James's?", ("St James's",)),
        ("It is Meg. Tom is not in.", ("Meg",)),
    ],
)
def test_the_names_of_a_reply(text: str, spans: tuple[str, ...]) -> None:
    assert name_spans(text) == spans


@given(st.text(max_size=80) | st.text(alphabet="AaIi .,!?'’“” \n", max_size=40))  # noqa: RUF001
def test_any_text_gives_spans_that_stand_in_it_on_one_line(text: str) -> None:
    words = " ".join(text.split())
    for span in name_spans(text):
        assert span
        assert span == " ".join(span.split())
        assert all(word[:1].isupper() and word in words for word in span.split())


def test_only_the_assistants_last_turn_gives_items() -> None:
    turns = [
        Turn("assistant", "Do you mean Tom Nakagawa?"),
        Turn("user", "No, call Xiomara."),
        Turn("assistant", "Do you mean Meg Jones or Meg Bauer?"),
        Turn("user", "The one from Lisbon."),
    ]
    assert prior_turn_items(turns) == (ContextItem("prior_turn", "Meg Jones"), ContextItem("prior_turn", "Meg Bauer"))


@pytest.mark.parametrize("turns", [[], [Turn("user", "Call Meg Bauer.")], [Turn("assistant", "")]])
def test_where_no_reply_names_anything_there_are_no_items(turns: list[Turn]) -> None:
    assert prior_turn_items(turns) == ()


def test_a_name_that_is_said_twice_is_one_item() -> None:
    assert len(prior_turn_items([Turn("assistant", "Is it Meg, or is it Tom, or Meg?")])) == 2


@pytest.mark.parametrize(
    ("reply", "text", "is_named"),
    [
        ("Hall & Oates or U2?", "Hall & Oates", True),
        ("Would you like 10cc or XTC?", "10cc", True),
        ("Switch on the garden lights?", "Garden Lights", True),
        ("Which bar do you mean?", "Bar", False),
        ("The garden lightshow?", "Garden Lights", False),
        ("Oates & Hall?", "Hall & Oates", False),
        ("Which one?", "", False),
    ],
)
def test_what_is_known_and_was_read_out_is_named_however_it_is_written(reply: str, text: str, is_named: bool) -> None:
    items = prior_turn_items([Turn("assistant", reply)], [ContextItem("devices", text)])
    assert (ContextItem("prior_turn", text) in items) is is_named
