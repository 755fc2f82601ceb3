import pytest

from core.assistant import Assistant, Catalogue
from core.dialogue import ExpectSpeech, Speak
from tests.core.assistant.conversations import hold

WHICH = "Which artist or playlist?"


@pytest.mark.parametrize("request_", ["Play some music", "Play jazz", "Put on some music.", "Can you play something?"])
def test_a_request_that_names_nothing_is_asked_about(assistant: Assistant, request_: str) -> None:
    assert hold(assistant, request_).directives == (Speak(WHICH), ExpectSpeech())


@pytest.mark.parametrize(
    ("utterances", "text"),
    [
        (["Play some music", "Iris Marlowe."], "Playing Iris Marlowe."),
        (["Play jazz", "Marlowe"], "Do you mean Iris Marlowe or The Marlowe Quartet?"),
        (["Play jazz", "Marlowe", "the quartet"], "Playing The Marlowe Quartet."),
        (["Play Harbor at Dusk"], "Playing Harbour at Dusk."),
        (["Play the kitchen disco playlist"], "Playing Kitchen Disco."),
        (["I want to listen to Saffron Tide"], "Playing Saffron Tide."),
        (["Play Thirteen Swallows"], "Do you mean Thirteen Sparrows?"),
        (["Play Thirteen Swallows", "Yeah."], "Playing Thirteen Sparrows."),
        (["Play music", "Call of the Curlew"], "Playing Call of the Curlew."),
        (["Play music", "call Meg"], "Do you mean Meg Jones or Meg Bauer?"),
        (["Play music", "xylophone"], "Sorry, which artist or playlist?"),
        (["Play music", "nothing"], "Okay."),
    ],
)
def test_music_is_played_by_what_is_said(assistant: Assistant, utterances: list[str], text: str) -> None:
    assert hold(assistant, *utterances).text == text


def test_everything_that_can_be_played_may_be_said_next(assistant: Assistant, catalogue: Catalogue) -> None:
    items = hold(assistant, "Play some music").items
    assert {item.signal for item in items} == {"media"}
    assert [item.text for item in items] == [medium.name for medium in catalogue.media]
