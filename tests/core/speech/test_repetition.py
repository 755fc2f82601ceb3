"""What a decoder wrote twice, held against the phones of a real clip."""

import pytest

from core.context.bias import EMPTY
from core.speech.audio import decode_clip
from core.speech.heard_phones import HeardPhones
from core.speech.recognizer import Recognizer
from core.speech.repetition import choose_repetitions, list_shorter
from core.speech.voice import Voice


def hear(recognizer: Recognizer, said: str) -> HeardPhones:
    heard, _ = recognizer.weigh(decode_clip(Voice().speak(said).wav), EMPTY)
    assert heard.phones is not None
    return heard.phones


@pytest.mark.parametrize(
    ("text", "shorter"),
    [
        ("", []),
        ("Turn it on.", []),
        ("Turn it on. Turn it on.", ["Turn it on."]),
        ("Come on, come on!", ["Come on!"]),
        ("Go, go, go.", ["Go, go.", "Go."]),
        ("It's very, very loud.", ["It's very loud."]),
        ("Tan TV Tan TV", ["Tan TV"]),
        ("It is what it is.", []),
        ("- -", []),
    ],
)
def test_a_run_that_follows_itself_can_be_left_out(text: str, shorter: list[str]) -> None:
    assert list_shorter(text) == shorter


def test_what_was_said_once_is_written_once(recognizer: Recognizer) -> None:
    phones = hear(recognizer, "Turn it on.")
    for text in ("Turn it on.", "Turn it on. Turn it on.", "Turn it on. Turn it on. Turn it on."):
        assert choose_repetitions(text, phones) == "Turn it on."


@pytest.mark.parametrize("said", ["Turn it on. Turn it on.", "It's very, very loud.", "Hello? Hello?"])
def test_what_was_said_twice_is_written_twice(recognizer: Recognizer, said: str) -> None:
    assert choose_repetitions(said, hear(recognizer, said)) == said
