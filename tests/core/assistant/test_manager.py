import shutil
from pathlib import Path

import pytest

from core.assistant import Assistant, load_catalogue
from core.assistant.hearing import fold_words, hear
from core.assistant.matching import NEAR, SAME, compare_words
from core.dialogue import Speak
from tests.core.assistant.conversations import hold

HELP = "Sorry, I can call someone, switch a device, find a place or play music."


@pytest.mark.parametrize("utterance", ["What time is it?", "Bauer.", "", "...", "Thank you for watching!"])
def test_what_no_service_knows_gets_help_and_a_closed_microphone(assistant: Assistant, utterance: str) -> None:
    reply = hold(assistant, utterance)
    assert (reply.directives, reply.items) == ((Speak(HELP),), ())


def test_a_cancel_that_nothing_waits_for_is_taken_politely(assistant: Assistant) -> None:
    assert hold(assistant, "Never mind.").directives == (Speak("Okay."),)


@pytest.mark.parametrize(
    ("request_", "text"),
    [
        ("Turn on the kitchen light.", "Turning on the kitchen light."),
        ("Okay, play Iris Marlowe", "Playing Iris Marlowe."),
        ("Take me to the Zephyr", "The Zephyr is at 8 Theatre Street. Starting directions."),
        ("Coffee shops near here", "I found The Blue Kettle, Corner Grind and Philomena's. Which one?"),
        ("Kitchen light off", "Turning off the kitchen light."),
    ],
)
def test_another_service_may_be_asked_instead_of_answering(assistant: Assistant, request_: str, text: str) -> None:
    assert hold(assistant, "Call Meg", request_).text == text


def test_one_assistant_serves_conversations_that_alternate(assistant: Assistant) -> None:
    _, about_meg = assistant.reply("Call Meg")
    _, about_lights = assistant.reply("Turn on the light")
    assert assistant.reply("the second one", about_meg)[0].text == "Calling Meg Bauer."
    assert assistant.reply("the second one", about_lights)[0].text == "Turning on the hall light."


def test_a_name_that_left_the_files_in_between_is_no_longer_offered(assistant: Assistant, tmp_path: Path) -> None:
    _, pending = assistant.reply("Call Meg")
    edited = copy_without(tmp_path, "Meg Bauer")
    assert edited.reply("the second one", pending)[0].text == "Sorry, do you mean Meg Jones or Meg Bauer?"
    assert edited.reply("Jones", pending)[0].text == "Calling Meg Jones."


def test_editing_the_address_book_changes_the_answer(shipped: Path, tmp_path: Path) -> None:
    shutil.copytree(shipped, tmp_path, dirs_exist_ok=True)
    with (tmp_path / "address_book.csv").open("a", encoding="utf-8") as file:
        file.write("Meg Brown\n")
    edited = Assistant(load_catalogue(tmp_path))
    assert hold(edited, "Call Meg").text == "Do you mean Meg Jones, Meg Bauer or Meg Brown?"


def test_with_one_meg_left_nothing_has_to_be_asked(tmp_path: Path) -> None:
    assert hold(copy_without(tmp_path, "Meg Jones"), "Call Meg").text == "Calling Meg Bauer."


def copy_without(folder: Path, name: str) -> Assistant:
    data = Path(__file__).parents[3] / "data"
    shutil.copytree(data, folder, dirs_exist_ok=True)
    book = folder / "address_book.csv"
    book.write_text(book.read_text("utf-8").replace(f"{name}\n", ""), encoding="utf-8")
    return Assistant(load_catalogue(folder))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Meg O'Brien", ("meg", "obrien")),
        ("Meg O\u2019Brien!", ("meg", "obrien")),
        ("Łukasz Strauß-Nørby", ("lukasz", "strauss", "norby")),
        ("\uff2d\uff25\uff27", ("meg",)),
        ("M-E-G, B A U E R.", ("meg", "bauer")),
        ("Plan B-I", ("plan", "b", "i")),
        ("…", ()),
    ],
)
def test_words_are_compared_without_case_accents_and_punctuation(text: str, words: tuple[str, ...]) -> None:
    assert fold_words(text) == words


def test_a_denial_reaches_to_the_end_of_its_clause() -> None:
    heard = hear("Not Meg Jones, Bauer. Don't wait.")
    assert (heard.words, heard.denied) == (("bauer",), ("meg", "jones", "wait"))


@pytest.mark.parametrize(
    ("one", "other", "least", "most"),
    [
        ("meg", "meg", 1.0, 1.0),
        ("jone", "jones", SAME, SAME),
        ("jon", "john", NEAR, SAME),
        ("harbor", "harbour", NEAR, SAME),
        ("power", "bauer", 0.0, 0.0),
        ("first", "hirst", 0.0, 0.0),
        ("on", "one", 0.0, 0.0),
    ],
)
def test_only_words_that_are_really_near_count(one: str, other: str, least: float, most: float) -> None:
    assert least <= compare_words(one, other) <= most
    assert compare_words(one, other) == compare_words(other, one)
