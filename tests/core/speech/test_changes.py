from core.context.bias import EMPTY, build_bias_list
from core.dialogue import ContextItem
from core.speech.changes import list_changes

HOTWORDS = build_bias_list(
    [
        (ContextItem("contacts", "Meg Bauer"), 0.5),
        (ContextItem("prior_turn", "Meg Bauer"), 0.5),
        (ContextItem("devices", "Desk Lamp"), 0.4),
    ]
).hotwords


def test_each_changed_stretch_names_the_item_that_brought_it() -> None:
    [call, lamp] = list_changes("Call power with the disc lamp", "Call Bauer with the Desk Lamp.", HOTWORDS, 2.0)
    assert (call.was, call.now, call.evidence) == ("power", "Bauer", 2.0)
    assert call.reason == "Meg Bauer, from contacts, named in the last reply"
    assert (lamp.was, lamp.now, lamp.reason) == ("disc", "Desk", "Desk Lamp, from devices")


def test_case_and_punctuation_are_no_change() -> None:
    assert list_changes("call meg.", "Call Meg!", HOTWORDS, 0.0) == ()


def test_words_of_no_item_have_no_origin() -> None:
    [change] = list_changes("Call Meg police.", "Call Meg please.", HOTWORDS, 1.0)
    assert change.hotword is None
    assert change.reason == "likelier beside the other words"
    assert list_changes("a b", "a", EMPTY.hotwords, 1.0)[0].now == ""


def test_a_word_that_became_a_sign_is_a_change_of_its_item() -> None:
    hotwords = build_bias_list([(ContextItem("media", "Disney+"), 0.5)]).hotwords
    [change] = list_changes("Open Disney plus.", "Open Disney+.", hotwords, 0.0)
    assert (change.was, change.now, change.reason) == ("Disney plus.", "Disney+.", "Disney+, from media")


def test_a_sign_that_is_said_is_a_change_of_its_item() -> None:
    hotwords = build_bias_list([(ContextItem("places", "Fig & Olive"), 0.5)]).hotwords
    [change] = list_changes("To Fig and Olive.", "To Fig & Olive.", hotwords, 0.0)
    assert (change.was, change.now, change.reason) == ("and", "&", "Fig & Olive, from places")
