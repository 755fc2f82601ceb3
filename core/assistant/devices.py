"""Switching a device of the smart home."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from core.assistant.catalogue import Device
from core.assistant.hearing import NOISE, Heard, join_names, word_set
from core.assistant.matching import Option, find_best
from core.assistant.service import Answer, Pending, Service


@dataclass(frozen=True, slots=True)
class Deed:
    """Something a device can do, as it is asked about and as it is confirmed."""

    asked: str
    done: str


_ON, _OFF, _DIM = Deed("turn on", "Turning on"), Deed("turn off", "Turning off"), Deed("dim", "Dimming")
_UP, _DOWN = Deed("turn up", "Turning up"), Deed("turn down", "Turning down")
_OPEN, _CLOSE = Deed("open", "Opening"), Deed("close", "Closing")

_LIGHT = {"on": _ON, "off": _OFF, "dim": _DIM, "down": _DIM, "lower": _DIM}
_THERMOSTAT = {"on": _ON, "off": _OFF, "up": _UP, "raise": _UP, "down": _DOWN, "lower": _DOWN}
_BLINDS = {"open": _OPEN, "up": _OPEN, "raise": _OPEN, "close": _CLOSE, "shut": _CLOSE, "down": _CLOSE, "lower": _CLOSE}
_DEEDS = {
    "light": _LIGHT,
    "lamp": _LIGHT,
    "plug": {"on": _ON, "off": _OFF},
    "thermostat": _THERMOSTAT,
    "blinds": _BLINDS,
}
_ACTIONS = frozenset(word for deeds in _DEEDS.values() for word in deeds)
_SAID_FOR_KIND = {"thermostat": "thermostat heating"}


class Devices(Service):
    """Switches: "Turn on the light" -> "Which light: the hall light or the sconce?" -> "Turning on the hall light"."""

    name = "devices"
    signal = "devices"
    verbs = word_set("turn switch put set dim open close shut lower raise")
    open_question = "Which device do you mean?"

    def __init__(self, devices: Iterable[Device]) -> None:
        self._kinds: dict[str, str] = {}
        hinted: list[tuple[str, str]] = []
        for device in devices:
            self._kinds[device.name] = device.kind
            hinted.append((device.name, f"{_SAID_FOR_KIND.get(device.kind, device.kind)} {device.room}"))
        super().__init__(hinted, NOISE | _ACTIONS)

    def is_hinted(self, words: tuple[str, ...]) -> bool:
        """Whether a device is named with what to do at the end, as in "kitchen light off"."""
        return words[-1:] in {("on",), ("off",)} and bool(find_best(self.content(words), self.options).options)

    def read_action(self, words: Sequence[str]) -> str:
        """The first word that says what to do."""
        return next((word for word in words if word in _ACTIONS), "")

    def pool(self, action: str) -> tuple[Option, ...]:
        """The devices that can do it."""
        return tuple(option for option in self.options if not action or action in self._deeds(option))

    def answer(self, heard: Heard, pending: Pending) -> Answer | None:
        """Take what is said as a choice among the devices offered, or as what to do with the only one."""
        offered = self._offered(pending)
        action = self.read_action(heard.words)
        if len(offered) == 1 and action and not self.content(heard.words):
            return self.act(offered[0], action)
        return super().answer(heard, pending)

    def act(self, option: Option, action: str) -> Answer:
        """Do it and say so; where it is not known what to do, or the device can't, ask."""
        if action in self._deeds(option):
            return super().act(option, action)
        choices = dict.fromkeys(deed.asked for deed in self._deeds(option).values())
        return self.ask(f"Should I {join_names(choices, 'or')} {_with_article(option.name)}?", [option], "")

    def confirm(self, option: Option, action: str) -> str:
        """What is said when it is done."""
        return f"{self._deeds(option)[action].done} {_with_article(option.name)}."

    def word_choice(self, options: Sequence[Option]) -> str:
        """The question that reads out a few devices."""
        names = join_names((_with_article(option.name) for option in options), "or")
        kinds = {self._kinds[option.name] for option in options}
        if len(options) == 1:
            return f"Do you mean {names}?"
        return f"Which {kinds.pop() if len(kinds) == 1 else 'device'}: {names}?"

    def _deeds(self, option: Option) -> dict[str, Deed]:
        return _DEEDS[self._kinds[option.name]]


def _with_article(name: str) -> str:
    """Say "the kitchen light", but "Anna's lamp"."""
    return name if name[0].isupper() else f"the {name}"
