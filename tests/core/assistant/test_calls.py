import pytest

from core.assistant import Assistant, Catalogue
from core.assistant.catalogue import Contact
from core.dialogue import ContextItem, ExpectSpeech, Speak
from tests.core.assistant.conversations import hold

WHICH_MEG = "Do you mean Meg Jones or Meg Bauer?"
WHO = "Who would you like to call?"


def know(*names: str) -> Assistant:
    return Assistant(Catalogue(tuple(Contact(name) for name in names), (), (), ()))


@pytest.mark.parametrize(
    "request_", ["Call Meg", "call Meg!", "Call Meg.", "Could you please call Meg?", "Cole Meg", "Ring Meg."]
)
def test_an_ambiguous_name_is_asked_about(assistant: Assistant, request_: str) -> None:
    reply, _ = assistant.reply(request_)
    assert reply.directives == (Speak(WHICH_MEG), ExpectSpeech())


@pytest.mark.parametrize(
    ("answer", "called"),
    [
        ("Bauer", "Meg Bauer"),
        ("Bauer.", "Meg Bauer"),
        ("Meg Bauer", "Meg Bauer"),
        ("Bauer, please.", "Meg Bauer"),
        ("I meant Bauer, thanks.", "Meg Bauer"),
        ("Call Meg Bauer", "Meg Bauer"),
        ("Jone.", "Meg Jones"),
        ("B-A-U-E-R.", "Meg Bauer"),
        ("no, Jones", "Meg Jones"),
        ("the second one", "Meg Bauer"),
        ("The first.", "Meg Jones"),
        ("the last one", "Meg Bauer"),
        ("Number two.", "Meg Bauer"),
        ("One.", "Meg Jones"),
        ("Not Jones.", "Meg Bauer"),
        ("not the first one", "Meg Bauer"),
        ("Bauer, not Jones", "Meg Bauer"),
        ("Not Bauer, Jones.", "Meg Jones"),
        ("Ingrid.", "Ingrid Thorvaldsen"),
        ("No, call Rajesh", "Rajesh Venkataraman"),
    ],
)
def test_the_answer_decides_who_is_called(assistant: Assistant, answer: str, called: str) -> None:
    reply = hold(assistant, "Call Meg", answer)
    assert reply.directives == (Speak(f"Calling {called}."),)
    assert reply.items[0] == ContextItem("contacts", called)


@pytest.mark.parametrize(
    "answer", ["Power.", "Meg", "Yes.", "the third one", "One moment, please.", "I do not know.", ""]
)
def test_an_answer_that_fits_nobody_is_asked_again_once_and_no_more(assistant: Assistant, answer: str) -> None:
    assert hold(assistant, "Call Meg", answer).text == "Sorry, do you mean Meg Jones or Meg Bauer?"
    assert hold(assistant, "Call Meg", answer, "Bauer").text == "Calling Meg Bauer."
    given_up = hold(assistant, "Call Meg", answer, answer)
    assert given_up.directives == (Speak("Sorry, I did not understand. Please ask me again."),)


@pytest.mark.parametrize("answer", ["never mind", "Cancel.", "Oh, forget it.", "No, thanks.", "stop"])
def test_a_cancelled_call_ends_without_the_microphone(assistant: Assistant, answer: str) -> None:
    assert hold(assistant, "Call Meg", answer).directives == (Speak("Okay."),)


@pytest.mark.parametrize("answer", ["No.", "neither", "None of them."])
def test_an_offer_turned_down_opens_the_question(assistant: Assistant, answer: str) -> None:
    assert hold(assistant, "Call Meg", answer).text == WHO
    assert hold(assistant, "Call Meg", answer, "Xiomara").text == "Calling Xiomara Quintero."
    assert hold(assistant, "Call Meg", answer, "nobody").text == "Okay."


@pytest.mark.parametrize(
    ("utterances", "text"),
    [
        (["Call Anna"], "Do you mean Anna Lindqvist, Anna Kowalczyk or Anna Featherstone?"),
        (["Call Anna", "Featherstone"], "Calling Anna Featherstone."),
        (["Call Anna", "not Featherstone"], "Do you mean Anna Lindqvist or Anna Kowalczyk?"),
        (["Call David", "Okonkwo"], "Calling David Okonkwo."),
        (["Call Gallagher", "Ruth"], "Calling Ruth Gallagher."),
        (["Call Zoe Lefevre"], "Calling Zoë Lefèvre."),
        (["Call Soren."], "Calling Søren Bjerregaard."),
        (["Call Will"], "Calling Will Baptiste."),
        (["Will you call Ingrid?"], "Calling Ingrid Thorvaldsen."),
    ],
)
def test_names_of_many_kinds_are_told_apart(assistant: Assistant, utterances: list[str], text: str) -> None:
    assert hold(assistant, *utterances).text == text


@pytest.mark.parametrize("request_", ["Call Zebedee.", "Call", "Phone someone"])
def test_an_unknown_name_is_asked_for(assistant: Assistant, request_: str) -> None:
    assert hold(assistant, request_).directives == (Speak(WHO), ExpectSpeech())


@pytest.mark.parametrize("request_", ["Call Siobahn", "Call Siobhan Smith"])
def test_a_name_that_is_only_near_is_never_called_unasked(assistant: Assistant, request_: str) -> None:
    with_question = hold(assistant, request_)
    assert with_question.text.startswith("Do you mean Siobhan Gallagher")
    assert with_question.expects_speech


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ("Yes, please.", "Calling Siobhan Gallagher."),
        ("Right.", "Calling Siobhan Gallagher."),
        ("No.", WHO),
        ("No, Siobahn", WHO),
        ("No, Ruth", "Calling Ruth Gallagher."),
        ("Okay, and what about the weather?", "Sorry, do you mean Siobhan Gallagher?"),
    ],
)
def test_only_a_yes_confirms_a_near_name(assistant: Assistant, answer: str, text: str) -> None:
    assert hold(assistant, "Call Siobahn", answer).text == text


def test_every_contact_may_be_said_next_and_the_offered_ones_come_first(
    assistant: Assistant, catalogue: Catalogue
) -> None:
    items = hold(assistant, "Call Tom").items
    assert [item.text for item in items[:2]] == ["Tom Achterberg", "Tom Nakagawa"]
    assert {item.signal for item in items} == {"contacts"}
    assert sorted(item.text for item in items) == sorted(contact.name for contact in catalogue.contacts)


def test_more_namesakes_than_can_be_read_out_are_counted() -> None:
    many = know(*(f"Meg {surname}" for surname in ("Ash", "Birch", "Cedar", "Elm", "Fir", "Hazel")))
    assert hold(many, "Call Meg").text == "I know 6 of those. Which one?"
    assert hold(many, "Call Meg", "Cedar").text == "Calling Meg Cedar."
    assert hold(many, "Call Meg", "the second one").text == "Sorry, I know 6 of those. Which one?"


def test_a_full_name_wins_over_a_longer_one_that_holds_it() -> None:
    assert hold(know("Ana Luz Prado", "Ana Luz"), "Call Ana Luz").text == "Calling Ana Luz."


def test_a_namesake_who_was_not_offered_is_not_mistaken_for_one_who_was() -> None:
    assert hold(know("Meg Jones", "Meg Bauer", "Tom Jones"), "Call Meg", "Tom Jones").text == "Calling Tom Jones."


def test_the_name_of_a_service_word_can_still_be_called() -> None:
    assert hold(know("Cole Ferris", "Cole Bane"), "Call Cole", "Cole Bane").text == "Calling Cole Bane."


def test_nobody_is_called_when_the_call_is_denied(assistant: Assistant) -> None:
    assert not hold(assistant, "Don't call Meg Bauer.").text.startswith("Calling")


def test_an_empty_address_book_still_gets_an_answer() -> None:
    reply = hold(know(), "Call Meg")
    assert (reply.text, reply.items) == (WHO, ())
