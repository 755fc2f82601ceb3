"""How what is written otherwise than it is said is read aloud."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.speech.reading import MOST_READINGS, leave_out_remarks, read_aloud


def readings(text: str) -> list[str]:
    return [" ".join(" ".join(reading).split()) for reading in read_aloud(text)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Dr. Frost", ["doctor Frost"]),
        ("Dr Frost", ["doctor Frost"]),
        ("St. Oswin's Chapel", ["saint Oswin's Chapel"]),
        ("Linden St", ["Linden street"]),
        ("Linden St. Bakery", ["Linden street Bakery", "Linden saint Bakery"]),
        ("Mount St. Helens", ["Mount street Helens", "Mount saint Helens"]),
        ("Conrad Voss Jr.", ["Conrad Voss junior"]),
        ("Ft. Worth, Texas", ["fort Worth, Texas"]),
        ("Willow Ave. Books", ["Willow avenue Books"]),
        ("Ave Maria", ["Ave Maria"]),
        ("Noodle Bar No. 5", ["Noodle Bar number five"]),
        ("No.", ["No."]),
        ("Kramer vs. Kramer", ["Kramer versus Kramer"]),
    ],
)
def test_an_abbreviation_stands_for_a_word_before_or_behind_a_name(text: str, said: list[str]) -> None:
    assert readings(text) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Fig & Olive", "Fig and Olive"),
        ("Barrel + Vine", "Barrel and Vine"),
        ("Thyme+Again", "Thyme and Again"),
        ("Guns N' Roses", "Guns and Roses"),
        ("K&L Deli", "K and L Deli"),
        ("Disney+", "Disney plus"),
        ("C++", "C plus plus"),
        ("Anna @ Work", "Anna at Work"),
        ("50%", "fifty percent"),
        ("#1 Crush", "number one Crush"),
        ("Anna - work", "Anna work"),
        ("Cash is $5", "Cash is $5"),
    ],
)
def test_a_sign_is_said_or_is_none(text: str, said: str) -> None:
    assert readings(text) == [said]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Lamp 2", ["Lamp two"]),
        ("Route 66", ["Route sixty six"]),
        ("Room 305", ["Room three hundred five", "Room three oh five"]),
        ("The 400 Blows", ["The four hundred Blows"]),
        ("1984", ["nineteen eighty four", "one thousand nine hundred eighty four"]),
        ("1900", ["nineteen hundred", "one thousand nine hundred"]),
        ("2001", ["two thousand one", "twenty oh one"]),
        ("2012", ["twenty twelve", "two thousand twelve"]),
        ("2000", ["two thousand"]),
        ("20,000 Leagues", ["twenty thousand Leagues"]),
        ("007", ["zero zero seven"]),
        ("3rd Street", ["third Street"]),
        ("42nd", ["forty second"]),
        ("UB40", ["UB forty"]),
        ("10cc", ["ten cc"]),
        ("Gate B12", ["Gate B twelve"]),
        ("the 80s", ["the 80s"]),
        ("7:30", ["7:30"]),
        ("0.5", ["0.5"]),
        ("Rocky IV", ["Rocky four", "Rocky the fourth"]),
        ("Henry VIII", ["Henry eight", "Henry the eighth"]),
        ("Louis XXXIX", ["Louis thirty nine", "Louis the thirty ninth"]),
        ("IV", ["IV"]),
        ("Malcolm X", ["Malcolm X"]),
    ],
)
def test_numbers_and_numerals_are_words(text: str, said: list[str]) -> None:
    assert readings(text) == said


@pytest.mark.parametrize(
    "text", ["Meg Bauer", "A.J. Whitlock", "AC/DC", "O'Brien", "Wi-Fi", "Call Bauer, please.", "日本"]
)
def test_what_is_written_as_it_is_said_stays(text: str) -> None:
    assert readings(text) == [text]


@given(st.text(max_size=60))
def test_every_word_of_any_text_has_its_place_in_every_reading(text: str) -> None:
    found = read_aloud(text)
    assert 1 <= len(found) <= MOST_READINGS
    assert {len(reading) for reading in found} == {len(text.split())}


@pytest.mark.parametrize(
    ("listed", "alone"),
    [
        ("Nightjar (Live at Wembley)", "Nightjar"),
        ("Quarrow [Explicit]", "Quarrow"),
        ("Quarrow (cut off here", "Quarrow"),
        ("(I Can't) Get Going", "Get Going"),
        ("Saltmarsh Elegy - Remastered 2011", "Saltmarsh Elegy"),
        ("The Fig — Bakery & Bar", "The Fig"),
        ("01. Orison Blue feat. Tamsin Ray", "Orison Blue"),
        ("7) Tallow Road ft. Osei", "Tallow Road"),
        ("7-Eleven", "7-Eleven"),
        ("24 Hour Gym", "24 Hour Gym"),
        ("Old Ft. Calder", "Old Ft. Calder"),
        ("Jean-Luc Whitlock", "Jean-Luc Whitlock"),
        ("(work)", "(work)"),
        ("", ""),
    ],
)
def test_what_a_list_adds_to_a_name_is_no_part_of_it(listed: str, alone: str) -> None:
    assert leave_out_remarks(listed) == alone
