"""Jobs for a context service as a conversation hands them in: sealed items of a real store, and a deadline."""

import random
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from core.context.payload import encode_items, encode_turn
from core.context.service import ContextService, Taken
from core.dialogue import ContextItem, Turn
from core.errors import RunError
from core.settings import Settings
from core.store.keys import RootKey
from core.store.sqlite import SqliteStore
from core.store.vault import OpenInteraction, Vault
from evals.manifest import Utterance

WITHIN_S = 180.0
POLL_S = 0.005
TTL_S = 3600
ASKED = "Do you mean Meg Jones or Meg Bauer?"


@dataclass(frozen=True, slots=True)
class Ended:
    """How a job ended, and how long after it was handed in."""

    job_id: str
    taken: Taken
    took_s: float


class Lab:
    """A service, and a store that holds what its jobs need."""

    def __init__(self, service: ContextService, vault: Vault) -> None:
        self.service = service
        self._vault = vault

    def beside(self, service: ContextService) -> "Lab":
        """The same store, with another service."""
        return Lab(service, self._vault)

    def store(self, turns: Sequence[Turn], items: Sequence[ContextItem]) -> tuple[OpenInteraction, tuple[str, ...]]:
        """One turn, sealed."""
        interaction = self._vault.begin()
        return interaction, interaction.put_all([*map(encode_turn, turns), *encode_items(items)])

    def submit(self, turns: Sequence[Turn], items: Sequence[ContextItem], window_s: float) -> "Submitted":
        """Hand in a job whose answer has to be there in `window_s`."""
        interaction, data_ids = self.store(turns, items)
        return Submitted(self.service, interaction, data_ids, window_s)

    def wait_for_both(self) -> None:
        """Wait until worker and spare are there.

        Raises:
            RunError: they never are.
        """
        until_s = time.monotonic() + WITHIN_S
        while self.service.ready_workers < 2:
            if time.monotonic() > until_s:
                raise RunError("The context's worker and its spare did not load; see the README's requirements.")
            time.sleep(POLL_S)


class Submitted:
    """A job that is under way."""

    def __init__(
        self, service: ContextService, interaction: OpenInteraction, data_ids: Sequence[str], window_s: float
    ) -> None:
        self.id = interaction.id
        self._ended = threading.Event()
        self._taken = Taken("late")
        self._began_s = time.monotonic()
        self._took_s = 0.0
        items = interaction.sealed(data_ids)
        service.submit(self.id, interaction.data_key, items, self._note_end, self._began_s + window_s)

    def wait(self) -> Ended:
        """Until it has ended."""
        self._ended.wait(WITHIN_S)
        return Ended(self.id, self._taken, self._took_s)

    @property
    def is_ended(self) -> bool:
        """Whether it has ended."""
        return self._ended.is_set()

    def _note_end(self, taken: Taken) -> None:
        self._took_s = time.monotonic() - self._began_s
        self._taken = taken
        self._ended.set()


def open_service(settings: Settings) -> ContextService:
    """The real thing."""
    return ContextService(settings.embedding_model, settings.context_memory_mb)


@contextmanager
def open_lab(service: ContextService) -> Iterator[Lab]:
    """A lab around a service, which is closed at the end."""
    try:
        with tempfile.TemporaryDirectory() as folder:
            store = SqliteStore(Path(folder) / "context.sqlite3")
            store.ensure_schema()
            lab = Lab(service, Vault(store, RootKey.from_bytes(bytes(32)), TTL_S))
            lab.wait_for_both()
            yield lab
            store.close()
    finally:
        service.close()


class Names:
    """As many different names as are asked for, made of the words of a set's context items."""

    def __init__(self, utterances: Sequence[Utterance], seed: int = 6) -> None:
        texts = {item.text for utterance in utterances for item in utterance.context}
        self._words = sorted({word for text in texts for word in text.split()})
        self._dice = random.Random(seed)  # noqa: S311 - the same names every time
        self._drawn: set[str] = set()

    def draw(self, count: int) -> list[ContextItem]:
        """Contacts that were never drawn before."""
        fresh: list[ContextItem] = []
        while len(fresh) < count:
            name = " ".join(self._dice.sample(self._words, 2))
            if name not in self._drawn:
                self._drawn.add(name)
                fresh.append(ContextItem("contacts", name))
        return fresh


def question(utterance: str) -> tuple[Turn, Turn]:
    """A turn that asks back."""
    return Turn("user", utterance), Turn("assistant", ASKED)
