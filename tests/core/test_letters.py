"""Letters as they are heard."""

import pytest

from core.letters import fold_letters


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("José", "jose"),
        ("ŁUKASZ WÓJCIK", "lukasz wojcik"),
        ("Søren Strauß", "soren strauss"),
        ("Đặng Thị", "dang thi"),
        ("Guðmundur Þór", "gudmundur thor"),
        ("Æsa Œuvré", "aesa oeuvre"),
        ("Iş\u0131k \u0130nan", "isik inan"),
        ("O\u2019Brien", "o\u2019brien"),
        ("\uff2d\uff45\uff47", "meg"),
        ("李明", "李明"),
    ],
)
def test_neither_case_nor_accents_make_a_difference(written: str, folded: str) -> None:
    assert fold_letters(written) == folded == fold_letters(folded)
