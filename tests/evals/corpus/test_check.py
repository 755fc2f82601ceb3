from pathlib import Path

import pytest

from core.dialogue import ContextItem, Turn
from evals.corpus import check
from evals.corpus.check import find_unheard, hears, main
from evals.corpus.sets import read_dropped
from evals.corpus.texts import Dialogue, FollowUp
from evals.stock import StockWhisper
from tests.commands import exit_status

CLEAR = FollowUp("ada-1", "positive", 1, say="Call Ada Thorne.", entity="Ada Thorne", voice="hibari/heart")
GARBLED = FollowUp("ada-2", "positive", 2, say="Mbrfkt Qwxz.", entity="Mbrfkt Qwxz", voice="hibari/heart")
ORDINAL = FollowUp("ada-3", "anti", 3, say="The second one.", form="ordinal", voice="hibari/heart")
DIALOGUE = Dialogue(
    "ada",
    "dev",
    (Turn("user", "Call her."), Turn("assistant", "Whom?")),
    (ContextItem("contacts", "Ada Thorne"), ContextItem("contacts", "Mbrfkt Qwxz")),
    (CLEAR, GARBLED, ORDINAL),
)


@pytest.fixture(scope="module")
def stock() -> StockWhisper:
    return StockWhisper("tiny.en", threads=2)


def test_only_the_name_that_no_prompt_makes_heard_is_found(stock: StockWhisper) -> None:
    unheard = find_unheard([DIALOGUE], stock)
    assert list(unheard) == ["ada-2"]
    assert unheard["ada-2"].startswith("tiny.en with the name in its prompt hears: ")


def test_the_command_writes_the_list_that_the_builder_reads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(check, "read_followups", lambda: [DIALOGUE])
    monkeypatch.setattr(check, "MODEL", "tiny.en")
    assert main(["--out", str(tmp_path / "dropped.json")]) == 0
    assert list(read_dropped(tmp_path / "dropped.json")) == ["ada-2"]
    assert capsys.readouterr().out == "1 answers are dropped\n"


def test_a_list_that_cannot_be_written_is_told_before_anything_is_heard(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(check, "read_followups", lambda: pytest.fail("it listened first"))
    assert exit_status(main, ["--out", str(tmp_path / "no-such-folder" / "dropped.json")]) == 1
    assert "dropped.json cannot be written (No such file or directory): choose another --out" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "heard"),
    [
        ("Call Ada Thorne.", True),
        ("ada, thorne", True),
        ("Thorne Ada", True),
        ("Ada Thorn.", False),
        ("Thorne.", False),
        ("", False),
    ],
)
def test_a_name_is_heard_if_all_its_words_are_in_the_text(text: str, heard: bool) -> None:
    assert hears(text, CLEAR) == heard
