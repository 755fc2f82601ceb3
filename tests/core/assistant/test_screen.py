import pytest

from core.assistant import Assistant
from core.assistant.screen import find_entry
from core.dialogue import ContextItem

SHOWN = ("Corner Cafe", "Blue Harbour", "First Light", "Mill Street Roasters")


@pytest.mark.parametrize(
    ("utterance", "entry"),
    [
        ("The second one.", "Blue Harbour"),
        ("Open the last one, please.", "Mill Street Roasters"),
        ("Number three.", "First Light"),
        ("Harbour.", "Blue Harbour"),
        ("Harbor.", "Blue Harbour"),
        ("Show me the roasters.", "Mill Street Roasters"),
        ("Blue Harbour", "Blue Harbour"),
        ("First.", "First Light"),
        ("The ninth one.", None),
        ("What is the weather like?", None),
        ("Set the second alarm.", None),
        ("Street corner.", None),
        ("", None),
    ],
)
def test_an_entry_is_found_by_its_name_a_part_of_it_or_its_place(utterance: str, entry: str | None) -> None:
    assert find_entry(utterance, SHOWN) == entry


def test_nothing_is_found_where_nothing_is_shown() -> None:
    assert find_entry("The first one.", ()) is None


def test_a_shown_list_can_be_pointed_at(assistant: Assistant) -> None:
    reply, pending = assistant.reply("The second one.", screen=SHOWN)
    assert (reply.text, pending) == ("Opening Blue Harbour.", None)


def test_a_question_that_has_read_out_names_is_answered_first(assistant: Assistant) -> None:
    asked, pending = assistant.reply("Call Meg.", screen=SHOWN)
    reply, _ = assistant.reply("The second one.", pending, SHOWN)
    assert asked.expects_speech
    assert reply.text.startswith("Calling Meg ")


def test_what_is_shown_is_context_of_a_follow_up_and_of_nothing_else(assistant: Assistant) -> None:
    asked, _ = assistant.reply("Call Meg.", screen=SHOWN)
    done, _ = assistant.reply("What is the weather like?", screen=SHOWN)
    assert asked.items[-4:] == tuple(ContextItem("screen", name) for name in SHOWN)
    assert done.items == ()
