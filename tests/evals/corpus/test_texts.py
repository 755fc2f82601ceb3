from collections import Counter
from pathlib import Path

import pytest

from core.errors import DataFileError
from evals.corpus.texts import Dialogue, FollowUp, read_dialogues, split_words

DIALOGUES = read_dialogues()
FOLLOW_UPS = [(dialogue, follow_up) for dialogue in DIALOGUES for follow_up in dialogue.follow_ups]

GOOD = """
[[dialogue]]
id = "call-ada"
user = "Call Ada."
assistant = "Ada Quill or Ada Thorne?"
context.contacts = ["Ada Quill", "Ada Thorne"]
follow_ups = [{ kind = "positive", say = "Thorne.", entity = "Ada Thorne", voice = "hibari/heart", seed = 1 }]
"""


def list_context_words(dialogue: Dialogue) -> set[str]:
    return {word.casefold() for item in dialogue.context for word in split_words(item.text)}


def test_no_two_dialogues_share_a_word_of_their_context() -> None:
    counts = Counter(word for dialogue in DIALOGUES for word in list_context_words(dialogue))
    assert [word for word, dialogues in counts.items() if dialogues > 1] == []


def test_dialogues_have_names_of_their_own() -> None:
    assert len({dialogue.id for dialogue in DIALOGUES}) == len(DIALOGUES)


def test_where_no_entity_is_said_no_word_of_the_context_is_said() -> None:
    for dialogue, follow_up in FOLLOW_UPS:
        if follow_up.kind != "positive":
            said = {word.casefold() for word in split_words(follow_up.say)}
            assert not said & list_context_words(dialogue), follow_up.id


def test_a_context_holds_two_to_twelve_items_unless_none_is_meant() -> None:
    for dialogue, follow_up in FOLLOW_UPS:
        if follow_up.kind in ("positive", "anti", "sound_alike"):
            assert 2 <= len(dialogue.context) <= 12, follow_up.id
        if follow_up.kind == "no_context":
            assert not dialogue.context, follow_up.id


def test_a_positive_answer_names_an_item_of_the_context() -> None:
    for dialogue, follow_up in FOLLOW_UPS:
        if follow_up.kind == "positive":
            assert follow_up.entity in {item.text for item in dialogue.context}, follow_up.id
            assert follow_up.bias_words, follow_up.id
            assert follow_up.form, follow_up.id


@pytest.mark.parametrize(
    ("say", "entity", "bias_words"),
    [
        ("Thorne.", "Ada Thorne", ["Thorne"]),
        ("Ada Thorne.", "Ada Thorne", ["Ada", "Thorne"]),
        ("Call Ada Thorne, please.", "Ada Thorne", ["Ada", "Thorne"]),
        ("The garret lamp!", "Garret Lamp", ["garret", "lamp"]),
        ("Never mind.", "", []),
        ("", "", []),
    ],
)
def test_bias_words_are_the_words_of_the_entity_without_punctuation(
    say: str, entity: str, bias_words: list[str]
) -> None:
    assert FollowUp("x", "positive", seed=0, say=say, entity=entity).bias_words == bias_words


def test_a_dialogue_file_becomes_turns_context_and_numbered_answers(tmp_path: Path) -> None:
    (tmp_path / "some.toml").write_text(GOOD, encoding="utf-8")
    (dialogue,) = read_dialogues(tmp_path)
    assert [turn.text for turn in dialogue.turns] == ["Call Ada.", "Ada Quill or Ada Thorne?"]
    assert [(item.signal, item.text) for item in dialogue.context] == [
        ("contacts", "Ada Quill"),
        ("contacts", "Ada Thorne"),
    ]
    assert dialogue.follow_ups[0].id == "call-ada-1"


@pytest.mark.parametrize(
    "broken",
    [
        "no toml at all",
        "",
        GOOD.replace("user", "somebody"),
        GOOD.replace("seed = 1", "seeds = 1"),
        GOOD.replace("[[dialogue]]", "[[talk]]"),
    ],
)
def test_a_broken_dialogue_file_is_named(tmp_path: Path, broken: str) -> None:
    (tmp_path / "some.toml").write_text(broken, encoding="utf-8")
    with pytest.raises(DataFileError, match=r"^some\.toml "):
        read_dialogues(tmp_path)


def test_a_folder_without_dialogues_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DataFileError, match="holds no dialogues"):
        read_dialogues(tmp_path)
