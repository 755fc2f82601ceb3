import pytest

from core.assistant import Assistant, Catalogue
from core.assistant.catalogue import Place
from core.dialogue import ExpectSpeech, Speak
from tests.core.assistant.conversations import hold

COFFEE = "I found The Blue Kettle, Corner Grind and Philomena's. Which one?"
CINEMAS = "I found Kino Petrichor, The Zephyr and Old Foundry Cinema. Which one?"
RESTAURANTS = "I found Osteria Bellaluna, The Gilded Turnip and Szechuan Lantern. Which one?"
PETROL = "I found Bridgefoot Garage, Norrland Petrol and Kestrel Fuel. Which one?"


@pytest.mark.parametrize(
    ("request_", "text"),
    [
        ("Find a coffee shop near here", COFFEE),
        ("Coffee shops near here.", COFFEE),
        ("Where is the nearest café?", COFFEE),
        ("Find me a restaurant", RESTAURANTS),
        ("I want to eat something", RESTAURANTS),
        ("I'm looking for a cinema", CINEMAS),
        ("Is there a movie theater nearby?", CINEMAS),
        ("Where can I find petrol?", PETROL),
        ("Find a gas station", PETROL),
        ("Find a place", "What would you like to find?"),
        ("Find a zoo", "What would you like to find?"),
    ],
)
def test_places_of_the_kind_are_offered(assistant: Assistant, request_: str, text: str) -> None:
    assert hold(assistant, request_).directives == (Speak(text), ExpectSpeech())


@pytest.mark.parametrize(
    ("utterances", "text"),
    [
        (["Find a coffee shop", "The Blue Kettle"], "The Blue Kettle is at 12 Mill Street. Starting directions."),
        (["Find a coffee shop", "Corner grind."], "Corner Grind is at 3 Station Road. Starting directions."),
        (["Find a coffee shop", "philomenas"], "Philomena's is at 48 Orchard Lane. Starting directions."),
        (["Find a coffee shop", "Tamarack"], "Tamarack Espresso Bar is at 30 Kingsway. Starting directions."),
        (["Find a restaurant", "the nearest one"], "Osteria Bellaluna is at 22 Mill Street. Starting directions."),
        (["Find a cinema", "the one on Canal Walk"], "Kino Petrichor is at 40 Canal Walk. Starting directions."),
        (["Find petrol", "Norland Petrol"], "Norrland Petrol is at 210 Ring Road. Starting directions."),
        (["Take me to the Zephyr"], "The Zephyr is at 8 Theatre Street. Starting directions."),
        (["Find the Zephyr bowling alley"], "I found The Zephyr. Shall I start directions?"),
        (["Find a coffee shop", "Find a cinema"], CINEMAS),
        (["Find a coffee shop", "No.", "a cinema"], CINEMAS),
        (["Find a coffee shop", "Gryffindor"], f"Sorry, {COFFEE}"),
        (["Find a coffee shop", "forget it"], "Okay."),
    ],
)
def test_a_place_is_chosen_and_directions_start(assistant: Assistant, utterances: list[str], text: str) -> None:
    assert hold(assistant, *utterances).text == text


@pytest.mark.parametrize("utterances", [["Find a coffee shop"], ["Find a coffee shop", "Corner Grind"]])
def test_only_places_of_the_kind_may_be_said_next(
    assistant: Assistant, catalogue: Catalogue, utterances: list[str]
) -> None:
    items = hold(assistant, *utterances).items
    assert {item.signal for item in items} == {"places"}
    of_the_kind = [place.name for place in catalogue.places if place.kind == "coffee shop"]
    assert sorted(item.text for item in items) == sorted(of_the_kind)


def test_the_chosen_place_comes_first(assistant: Assistant) -> None:
    assert hold(assistant, "Find a coffee shop", "Corner Grind").items[0].text == "Corner Grind"


def test_the_only_one_around_is_offered_before_directions_start() -> None:
    village = Assistant(Catalogue((), (), (Place("The Zephyr", "cinema", "8 Theatre Street"),), ()))
    assert hold(village, "Find a cinema").text == "I found The Zephyr. Shall I start directions?"
    assert hold(village, "Find a cinema", "Yes.").text == "The Zephyr is at 8 Theatre Street. Starting directions."
    assert hold(village, "Find a cinema", "No.").text == "What would you like to find?"
