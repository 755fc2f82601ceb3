import pytest

from core.assistant import Assistant, Catalogue
from core.assistant.catalogue import Device
from core.dialogue import ExpectSpeech, Speak
from tests.core.assistant.conversations import hold

WHICH_LIGHT = "Which light: the kitchen light, the hall light, the bedroom light, the porch light or the foyer sconce?"


@pytest.mark.parametrize("request_", ["Turn on the light", "Switch the light on.", "Put a light on, please"])
def test_an_ambiguous_device_is_asked_about(assistant: Assistant, request_: str) -> None:
    assert hold(assistant, request_).directives == (Speak(WHICH_LIGHT), ExpectSpeech())


@pytest.mark.parametrize(
    ("utterances", "text"),
    [
        (["Turn on the light", "the kitchen one"], "Turning on the kitchen light."),
        (["Turn on the light", "Sconce."], "Turning on the foyer sconce."),
        (["Turn on the light", "the foyer"], "Turning on the foyer sconce."),
        (["Turn on the light", "the fourth one"], "Turning on the porch light."),
        (["Turn off the light", "hall"], "Turning off the hall light."),
        (["Turn on the light", "actually, turn off the desk lamp"], "Turning off the desk lamp."),
        (["Turn on the light", "off", "kitchen"], "Turning off the kitchen light."),
        (["Turn off the kitchen light."], "Turning off the kitchen light."),
        (["Turn the hall light off"], "Turning off the hall light."),
        (["Kitchen light off."], "Turning off the kitchen light."),
        (["Turn on the kitchen lights"], "Turning on the kitchen light."),
        (["Dim the reading lamp"], "Dimming the reading lamp."),
        (["Switch on the coffee machine"], "Turning on the coffee machine."),
        (["Turn on the bedroom", "blanket"], "Turning on the electric blanket."),
        (["Open the blinds", "Skylight."], "Opening the skylight blinds."),
        (["Lower the bay window blinds"], "Closing the bay window blinds."),
        (["Turn up the heating"], "Which thermostat: the upstairs thermostat or the downstairs thermostat?"),
        (["Turn up the heating", "downstairs"], "Turning up the downstairs thermostat."),
        (["Dim the kettle"], "Which device do you mean?"),
        (["Open the kitchen light"], "Do you mean the kitchen blinds?"),
        (["Open the kitchen light", "Yes."], "Opening the kitchen blinds."),
        (["Turn the kitchen light"], "Should I turn on, turn off or dim the kitchen light?"),
        (["Turn the kitchen light", "Off."], "Turning off the kitchen light."),
        (["Turn on the light", "spaceship"], f"Sorry, w{WHICH_LIGHT[1:]}"),
        (["Turn on the light", "never mind"], "Okay."),
    ],
)
def test_devices_are_switched_by_what_is_said(assistant: Assistant, utterances: list[str], text: str) -> None:
    assert hold(assistant, *utterances).text == text


def test_every_device_may_be_said_next_and_the_offered_ones_come_first(
    assistant: Assistant, catalogue: Catalogue
) -> None:
    items = hold(assistant, "Turn off the blinds", "Close the blinds").items
    assert items[0].text == "bedroom blinds"
    assert {item.signal for item in items} == {"devices"}
    assert sorted(item.text for item in items) == sorted(device.name for device in catalogue.devices)


def test_a_device_named_after_someone_takes_no_article() -> None:
    home = Assistant(
        Catalogue((), (Device("Oma's lamp", "lamp", "attic"), Device("desk lamp", "lamp", "study")), (), ())
    )
    assert hold(home, "Turn on the lamp").text == "Which lamp: Oma's lamp or the desk lamp?"
    assert hold(home, "Turn on the attic lamp").text == "Turning on Oma's lamp."
