"""The domain's words."""

import dataclasses

import pytest

from core.dialogue import ContextItem, Directive, ExpectSpeech, Interaction, Reply, Speak, Turn

QUESTION = Speak("Do you mean Meg Jones or Meg Bauer?")


@pytest.mark.parametrize(
    ("directives", "text", "expects_speech"),
    [
        ((), "", False),
        ((Speak("Calling Meg Bauer."),), "Calling Meg Bauer.", False),
        ((QUESTION, ExpectSpeech()), QUESTION.text, True),
        ((Speak("Sorry."), QUESTION, ExpectSpeech()), f"Sorry. {QUESTION.text}", True),
        ((ExpectSpeech(),), "", True),
        ((Speak("One."), ExpectSpeech(), Speak("Two.")), "One. Two.", True),
    ],
)
def test_a_reply_says_what_it_speaks_and_whether_the_microphone_opens(
    directives: tuple[Directive, ...], text: str, expects_speech: bool
) -> None:
    reply = Reply(directives)
    assert reply.text == text
    assert reply.expects_speech is expects_speech


def test_an_interaction_is_two_turns_oldest_first() -> None:
    interaction = Interaction("a" * 32, "Call Meg.", Reply((QUESTION, ExpectSpeech())))
    assert interaction.turns == (Turn("user", "Call Meg."), Turn("assistant", QUESTION.text))


def test_the_words_are_values() -> None:
    assert ContextItem("contacts", "Meg Bauer") == ContextItem("contacts", "Meg Bauer")
    assert len({Turn("user", "Yes."), Turn("user", "Yes."), Turn("assistant", "Yes.")}) == 2
    with pytest.raises(dataclasses.FrozenInstanceError):
        QUESTION.text = "changed"  # type: ignore[misc]
