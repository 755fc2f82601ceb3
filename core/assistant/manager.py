"""The demo's dialogue manager: an utterance in, a reply with its directives out."""

from collections.abc import Sequence

from core.assistant.calls import Calls
from core.assistant.catalogue import Catalogue
from core.assistant.devices import Devices
from core.assistant.hearing import Heard, hear, says_cancel, skip_openers
from core.assistant.music import Music
from core.assistant.places import Places
from core.assistant.screen import add_screen, find_entry, open_entry
from core.assistant.service import Answer, Pending, Service
from core.dialogue import Reply, Speak

HELP = "Sorry, I can call someone, switch a device, find a place or play music."
CANCELLED = "Okay."


class Assistant:
    """Four services behind one question: what is meant, and what has to be asked?

    Holds the catalogue and nothing of a conversation: what was asked travels in `Pending`, so one assistant serves
    any number of conversations at once.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        # Music comes before devices: both know "put on".
        self._services: tuple[Service, ...] = (
            Calls(catalogue.contacts),
            Music(catalogue.media),
            Devices(catalogue.devices),
            Places(catalogue.places),
        )

    def reply(self, utterance: str, pending: Pending | None = None, screen: Sequence[str] = ()) -> Answer:
        """Answer one utterance.

        Args:
            utterance: as the recogniser wrote it.
            pending: what the previous reply asked, or None where the microphone was opened by the user.
            screen: the entries of the list that the device shows, in their order.

        Returns:
            The reply, and what it asks; that is None exactly where the reply does not expect speech.
        """
        # "The second one" answers a question that has read out names; without one it means what is shown.
        entry = None if pending is not None and pending.offered else find_entry(utterance, screen)
        if entry is not None:
            return open_entry(entry), None
        heard = hear(utterance)
        reply, asked = self._begin(heard) if pending is None else self._continue(heard, pending)
        return add_screen(reply, screen), asked

    def _begin(self, heard: Heard) -> Answer:
        request = skip_openers(heard.words)
        service = self._find_asked(request) or self._find_hinted(request)
        if service is not None:
            return service.begin(request)
        return _close(CANCELLED if says_cancel(heard.words) else HELP)

    def _continue(self, heard: Heard, pending: Pending) -> Answer:
        """An answer comes before a new request of the same service, and after one of another service.

        Only a full name is taken as an answer whatever it begins with: an album may be called "Call of the Wild".
        """
        service = next(service for service in self._services if service.name == pending.service)
        request = skip_openers(heard.words)
        asked = self._find_asked(request)
        if not service.is_named(heard.words):
            if says_cancel(heard.words):
                return _close(CANCELLED)
            if asked not in {None, service}:
                return self._begin(heard)
        answered = service.answer(heard, pending)
        if answered is None and asked is service:
            return service.begin(request)
        return answered or service.reconsider(heard, pending) or self._fall_back(heard, service, pending)

    def _fall_back(self, heard: Heard, service: Service, pending: Pending) -> Answer:
        request = skip_openers(heard.words)
        hinted = self._find_hinted(request)
        return hinted.begin(request) if hinted else service.refuse(heard, pending)

    def _find_asked(self, request: tuple[str, ...]) -> Service | None:
        return next((service for service in self._services if service.is_asked(request)), None)

    def _find_hinted(self, request: tuple[str, ...]) -> Service | None:
        return next((service for service in self._services if service.is_hinted(request)), None)


def _close(text: str) -> Answer:
    return Reply((Speak(text),)), None
