"""Jobs as a conversation hands them in, for tests of the service."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from threading import Event

from core.context.payload import encode_items, encode_turn
from core.context.service import ContextService, Taken
from core.dialogue import ContextItem, Turn
from core.store.interface import SealedItem
from core.store.vault import Vault
from tests.clock import WITHIN_S

TURNS = (Turn("user", "Call Meg."), Turn("assistant", "Do you mean Meg Jones or Meg Bauer?"))
ITEMS = tuple(
    ContextItem("contacts", name) for name in ("Tom Nakagawa", "Meg Bauer", "Søren Bjerregaard", "Meg  Jones")
)


@dataclass
class Job:
    """One job. `settled` holds what its end was told as, each time."""

    id: str
    data_key: bytes
    items: tuple[SealedItem, ...]
    settled: list[Taken] = field(default_factory=list)
    is_settled: Event = field(default_factory=Event)

    def submit(self, service: ContextService, within_s: float = WITHIN_S) -> None:
        service.submit(self.id, self.data_key, self.items, self.note, time.monotonic() + within_s)

    def wait(self) -> Taken:
        assert self.is_settled.wait(WITHIN_S)
        return self.settled[-1]

    def note(self, taken: Taken) -> None:
        self.settled.append(taken)
        self.is_settled.set()


MakeJob = Callable[..., Job]


def job_maker(vault: Vault) -> MakeJob:
    """Jobs whose items lie sealed in a real store."""

    def make(turns: Sequence[Turn] = TURNS, items: Sequence[ContextItem] = ITEMS) -> Job:
        interaction = vault.begin()
        data_ids = interaction.put_all([*(encode_turn(turn) for turn in turns), *encode_items(items)])
        return Job(interaction.id, interaction.data_key, interaction.sealed(data_ids))

    return make
