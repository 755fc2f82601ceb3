"""Finding a place nearby and starting directions to it."""

from collections.abc import Iterable, Sequence

from core.assistant.catalogue import Place
from core.assistant.hearing import NOISE, join_names, word_set
from core.assistant.matching import NEAR, Found, Option, compare_words
from core.assistant.service import Answer, Service

OFFERED_PLACES = 3

_SAID_FOR_KIND = {
    "coffee shop": "coffee shop cafe",
    "restaurant": "restaurant food eat dinner lunch",
    "cinema": "cinema movie movies film theater theatre",
    "petrol station": "petrol gas fuel filling station",
}
_TELLING = frozenset(word for words in _SAID_FOR_KIND.values() for word in words.split())
_AROUND = word_set(
    "near here nearby around close closest nearest me to go get place places somewhere something direction directions"
    " start good"
)


class Places(Service):
    """Finds: "Find a coffee shop" -> "I found A, B and C. Which one?" -> "A is at 1 Mill Street. …"."""

    name = "places"
    signal = "places"
    verbs = word_set("find where wheres search look show locate navigate directions drive take get")
    open_question = "What would you like to find?"

    def __init__(self, places: Iterable[Place]) -> None:
        self._places = {place.name: place for place in places}
        hinted = ((place.name, f"{_SAID_FOR_KIND[place.kind]} {place.street}") for place in self._places.values())
        super().__init__(hinted, NOISE | _AROUND)

    def is_hinted(self, words: tuple[str, ...]) -> bool:
        """Whether a kind of place is named, as in "coffee shops near here"."""
        return any(compare_words(word, telling) >= NEAR for word in words for telling in _TELLING)

    def confirm(self, option: Option, action: str) -> str:  # noqa: ARG002 - there is only one thing to do
        """What is said when it is done."""
        return f"{option.name} is at {self._places[option.name].street}. Starting directions."

    def ask_which(self, options: Sequence[Option], action: str) -> Answer:
        """Offer the first few: the file lists places by their distance."""
        offered = options[:OFFERED_PLACES]
        return self.ask(self.word_choice(offered), offered, action)

    def word_choice(self, options: Sequence[Option]) -> str:
        """The question that reads out what was found."""
        found = f"I found {join_names((option.name for option in options), 'and')}."
        return f"{found} {'Which one?' if len(options) > 1 else 'Shall I start directions?'}"

    def is_certain(self, found: Found) -> bool:
        """Whether the place itself was named: the only cinema around is offered first, not driven to."""
        named = (compare_words(word, own) for word in found.said for own in found.options[0].words)
        return super().is_certain(found) and any(similarity >= NEAR for similarity in named)

    def related(self, options: Sequence[Option]) -> tuple[Option, ...]:
        """All places of the kinds that the turn was about, or all there are."""
        kinds = {self._places[option.name].kind for option in options}
        return tuple(o for o in self.options if not kinds or self._places[o.name].kind in kinds)
