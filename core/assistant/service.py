"""What every service of the assistant does alike: find what is meant, act, or ask back."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from core.assistant.hearing import NO, NOISE, Heard, fold_words, join_names
from core.assistant.matching import MAX_SPOKEN, NEAR, Found, Option, explains, find_best, narrow
from core.dialogue import ContextItem, ExpectSpeech, Reply, Signal, Speak

GIVE_UP = "Sorry, I did not understand. Please ask me again."


@dataclass(frozen=True, slots=True)
class Pending:
    """The question that the next utterance may answer.

    service: who asked. question: as it was spoken. offered: the names to choose from, in their order; none for an open
    question. action: what shall be done with the one that is chosen, where a service can do several things.
    repeated: it was asked twice already.
    """

    service: str
    question: str
    offered: tuple[str, ...] = ()
    action: str = ""
    repeated: bool = False


Answer = tuple[Reply, Pending | None]


class Service(ABC):
    """One thing that the assistant can do. Holds no state of a conversation."""

    name: ClassVar[str]
    signal: ClassVar[Signal]
    verbs: ClassVar[frozenset[str]]
    open_question: ClassVar[str]
    least_similarity: ClassVar[float] = NEAR
    """How much like the name every word said has to be for acting without asking."""

    def __init__(self, named: Iterable[tuple[str, str]], noise: frozenset[str] = NOISE) -> None:
        """Take pairs of a name and further words that point to it."""
        self._noise = noise | self.verbs
        self.options = tuple(Option(name, self.content(fold_words(name)), fold_words(hints)) for name, hints in named)

    @abstractmethod
    def confirm(self, option: Option, action: str) -> str:
        """What is said when it is done."""

    def is_asked(self, words: tuple[str, ...]) -> bool:
        """Whether a request for this service begins with the first word."""
        return bool(words) and words[0] in self.verbs

    def is_hinted(self, words: tuple[str, ...]) -> bool:  # noqa: ARG002 - most services need a verb
        """Whether the words make sense as a request for this service, though none of its verbs begins them."""
        return False

    def is_named(self, words: tuple[str, ...]) -> bool:
        """Whether the words are the full name of something."""
        content = self.content(words)
        return bool(content) and any(option.words == content for option in self.options)

    def content(self, words: Iterable[str]) -> tuple[str, ...]:
        """The words that can tell one thing from another."""
        return tuple(word for word in words if word not in self._noise)

    def read_action(self, words: Sequence[str]) -> str:  # noqa: ARG002 - most services can do one thing only
        """What shall be done, or nothing where that is plain or was not said."""
        return ""

    def begin(self, words: tuple[str, ...]) -> Answer:
        """Answer a request."""
        action = self.read_action(words)
        return self._suggest(find_best(self.content(words), self.pool(action)), action) or self.ask_openly(action)

    def answer(self, heard: Heard, pending: Pending) -> Answer | None:
        """Take what is said as a choice among the options offered; None where it is none."""
        offered = self._offered(pending)
        content = self.content(heard.words)
        if _refuses_only(heard, offered) or self._fits_better_elsewhere(content, offered):
            return None
        chosen = narrow(heard, content, self.content(heard.denied), offered)
        if not chosen:
            return None
        action = self.read_action(heard.words) or pending.action
        if len(chosen) == 1:
            return self.act(chosen[0], action)
        return self.ask_again(pending) if len(chosen) == len(offered) else self.ask_which(chosen, action)

    def reconsider(self, heard: Heard, pending: Pending) -> Answer | None:
        """Take what is said as something that was not offered; None where nothing is like it."""
        action = self.read_action(heard.words) or pending.action
        pool = self.pool(action)
        if pending.offered:
            pool = tuple(option for option in pool if option.name not in pending.offered)
        return self._suggest(find_best(self.content(heard.words), pool), action)

    def ask_again(self, pending: Pending) -> Answer:
        """Repeat the question once, then let the user go."""
        if pending.repeated:
            return Reply((Speak(GIVE_UP),), self.items(self._offered(pending))), None
        question = f"Sorry, {_begin_small(pending.question)}"
        return self._expect(question, self._offered(pending), replace(pending, repeated=True))

    def refuse(self, heard: Heard, pending: Pending) -> Answer:
        """Go on when nothing fits: "no" to an offer opens the question, anything else repeats it."""
        if pending.offered and NO.intersection(heard.words):
            return self.ask_openly(pending.action)
        return self.ask_again(replace(pending, action=self.read_action(heard.words) or pending.action))

    def pool(self, action: str) -> tuple[Option, ...]:  # noqa: ARG002 - most services can do one thing only
        """The options with which `action` can be done."""
        return self.options

    def act(self, option: Option, action: str) -> Answer:
        """Do it and say so."""
        return Reply((Speak(self.confirm(option, action)),), self.items([option])), None

    def ask(self, question: str, offered: Sequence[Option], action: str) -> Answer:
        """Ask and open the microphone."""
        names = tuple(option.name for option in offered)
        return self._expect(question, offered, Pending(self.name, question, names, action))

    def ask_openly(self, action: str) -> Answer:
        """Ask without offering anything."""
        return self.ask(self.open_question, (), action)

    def ask_which(self, options: Sequence[Option], action: str) -> Answer:
        """Ask which of several is meant."""
        if len(options) > MAX_SPOKEN:
            return self.ask(f"I know {len(options)} of those. Which one?", options, action)
        return self.ask(self.word_choice(options), options, action)

    def ask_whether(self, option: Option, action: str) -> Answer:
        """Ask whether the only one that is like it is meant."""
        return self.ask(self.word_choice([option]), [option], action)

    def word_choice(self, options: Sequence[Option]) -> str:
        """The question that reads out a few options."""
        return f"Do you mean {join_names((option.name for option in options), 'or')}?"

    def is_certain(self, found: Found) -> bool:
        """Whether the only option found may be taken without asking."""
        return explains(found.options[0], found.said, self.least_similarity)

    def related(self, options: Sequence[Option]) -> tuple[Option, ...]:  # noqa: ARG002 - most services give all they have
        """What may be said next, given what the turn was about."""
        return self.options

    def items(self, first: Sequence[Option]) -> tuple[ContextItem, ...]:
        """The service's context items, those of `first` before the others."""
        ordered = dict.fromkeys((*first, *self.related(first)))
        return tuple(ContextItem(self.signal, option.name) for option in ordered)

    def _suggest(self, found: Found, action: str) -> Answer | None:
        if not found.options:
            return None
        if len(found.options) > 1:
            return self.ask_which(found.options, action)
        decide = self.act if self.is_certain(found) else self.ask_whether
        return decide(found.options[0], action)

    def _expect(self, question: str, first: Sequence[Option], pending: Pending) -> Answer:
        return Reply((Speak(question), ExpectSpeech()), self.items(first)), pending

    def _offered(self, pending: Pending) -> tuple[Option, ...]:
        known = {option.name: option for option in self.options}
        return tuple(known[name] for name in pending.offered if name in known)

    def _fits_better_elsewhere(self, content: tuple[str, ...], offered: Sequence[Option]) -> bool:
        return find_best(content, self.options).score > find_best(content, offered).score


def _refuses_only(heard: Heard, offered: Sequence[Option]) -> bool:
    """Whether the one option offered is turned down; "no, Lam" to "Do you mean Liam?" must not take Liam."""
    return len(offered) == 1 and bool(NO.intersection(heard.words))


def _begin_small(question: str) -> str:
    return question if question.startswith("I ") else question[0].lower() + question[1:]
