"""A name that was heard is written as it is listed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.speech.writing import write_as_listed


@pytest.mark.parametrize(
    ("text", "name", "written"),
    [
        ("Let's go to Salt and Straw.", "Salt & Straw", "Let's go to Salt & Straw."),
        ("Call Conrad Voss Junior, please.", "Conrad Voss Jr.", "Call Conrad Voss Jr., please."),
        ("It was Conrad Voss junior.", "Conrad Voss Jr.", "It was Conrad Voss Jr."),
        ("willow avenue books", "Willow Ave. Books", "Willow Ave. Books"),
        ("I'd like to see Henry the eighth.", "Henry VIII", "I'd like to see Henry VIII."),
        ("Henry the 8th!", "Henry VIII", "Henry VIII!"),
        ("“J-F-K.”", "JFK", "“JFK.”"),
        ("Play 10 CC.", "10cc", "Play 10cc."),
        ("Open Disney Plus.", "Disney+", "Open Disney+."),
        ("Ring Obrien.", "O'Brien", "Ring O'Brien."),
        ("Open O-V.", "ÖV", "Open ÖV."),
        ("Call Chloe, please.", "Chloë", "Call Chloë, please."),
        ("Cafe Zurich.", "Café Zürich", "Café Zürich."),
        ("Café Zurich.", "Café Zürich", "Café Zürich."),
        ("Play Sigur Ros.", "Sigur Rós", "Play Sigur Rós."),
        ("lukasz", "Łukasz", "Łukasz"),
        ("First fig and olive, then Fig and Olive.", "Fig & Olive", "First Fig & Olive, then Fig & Olive."),
    ],
)
def test_what_is_written_otherwise_than_said_is_written_as_listed(text: str, name: str, written: str) -> None:
    assert write_as_listed(text, [name]) == written


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("meg bauer", "Meg Bauer"),
        ("I like it.", "IT"),
        ("Call us.", "U.S."),
        ("At seven.", "7"),
        ("switch the tv on", "TV"),
        ("Salt and pepper.", "Salt & Straw"),
        ("This and that.", "&"),
        ("The doctor frosts it.", "Dr. Frost"),
        ("", "Fig & Olive"),
        ("A single rose.", "Rosé"),
        ("Call CHLOË, please.", "Chloë"),
        ("Call Chloe, please.", "Chloé Bauer"),
    ],
)
def test_all_else_stays_as_it_is(text: str, name: str) -> None:
    assert write_as_listed(text, [name]) == text


def test_who_is_listed_without_accents_keeps_to_that() -> None:
    assert write_as_listed("Call Chloe.", ["Chloë", "Chloe"]) == "Call Chloe."


def test_of_two_names_that_differ_in_accents_each_keeps_its_own() -> None:
    assert write_as_listed("Call Zoë or Zoé.", ["Zoé", "Zoë"]) == "Call Zoë or Zoé."


def test_of_two_names_that_are_said_alike_the_first_counts() -> None:
    assert write_as_listed("Fig and Olive", ["Fig + Olive", "Fig & Olive"]) == "Fig + Olive"


@given(st.text(max_size=40), st.lists(st.text(max_size=20), max_size=4))
def test_written_once_it_is_written(text: str, names: list[str]) -> None:
    once = write_as_listed(text, names)
    assert write_as_listed(once, names).split() == once.split()
