"""Calling a contact."""

from collections.abc import Iterable

from core.assistant.catalogue import Contact
from core.assistant.hearing import NOISE, fold_words, word_set
from core.assistant.matching import SAME, Option
from core.assistant.service import Service


class Calls(Service):
    """Calls: "Call Meg" -> "Do you mean Meg Jones or Meg Bauer?" -> "Calling Meg Bauer"."""

    name = "calls"
    signal = "contacts"
    # A small recogniser writes "Cole Meg" for "Call Meg".
    verbs = word_set("call phone ring dial cole")
    open_question = "Who would you like to call?"
    # A call to the wrong person can't be taken back, so a name that is only near is asked about.
    least_similarity = SAME

    def __init__(self, contacts: Iterable[Contact]) -> None:
        names = [contact.name for contact in contacts]
        # Will and An are names as well as words that say nothing.
        spoken = {word for name in names for word in fold_words(name)}
        super().__init__(((name, "") for name in names), NOISE - spoken)

    def confirm(self, option: Option, action: str) -> str:  # noqa: ARG002 - there is only one thing to do
        """What is said when it is done."""
        return f"Calling {option.name}."
