"""What a worker remembers: sealed, bounded, and no longer than it may."""

import pickle

import numpy as np
import pytest

from core.context.memory import Known, Memory
from core.errors import SealBroken
from core.store.sealing import open_item
from tests.core.context.embeddings import embed_by_hash

NAME = "Xiomara Oyelaran"


class TurnedSeconds:
    """A clock of epoch seconds."""

    at_s = 1_000.0

    def __call__(self) -> float:
        return self.at_s


@pytest.fixture
def now_s() -> TurnedSeconds:
    return TurnedSeconds()


@pytest.fixture
def memory(now_s: TurnedSeconds) -> Memory:
    return Memory(now_s, max_entries=3)


def known(text: str, sounds: tuple[str, ...] | None = None) -> Known:
    return Known(embed_by_hash([text])[0], sounds)


@pytest.mark.parametrize("sounds", [None, (), ("ziəməɹə", "z")])
def test_what_was_kept_comes_back(memory: Memory, sounds: tuple[str, ...] | None) -> None:
    memory.keep(NAME, known(NAME, sounds), 1_100)
    recalled = memory.recall(NAME, 0)
    assert recalled is not None
    assert recalled.sounds == sounds
    assert np.array_equal(recalled.vector, known(NAME).vector)
    assert memory.recall(NAME.lower(), 0) is None


def test_neither_text_nor_vector_nor_sounds_lie_in_it_in_the_clear(memory: Memory) -> None:
    memory.keep(NAME, known(NAME, ("ziəməɹə",)), 1_100)
    memory.prepare("Søren", known("Søren"))
    lying = pickle.dumps((memory._met, memory._prepared))
    for secret in (NAME, "Xiomara", "Søren", "ziəməɹə"):
        assert secret.encode() not in lying
    for text in (NAME, "Søren"):
        assert known(text).vector.tobytes() not in lying


def test_an_entry_opens_with_its_own_text_only(memory: Memory) -> None:
    memory.keep(NAME, known(NAME), 1_100)
    [sealed] = memory._met.values()
    with pytest.raises(SealBroken):
        open_item(sealed, memory._name_and_key("Meg")[1])


def test_two_memories_tell_the_same_text_by_different_names() -> None:
    assert Memory()._name_and_key(NAME) != Memory()._name_and_key(NAME)


def test_it_is_forgotten_when_its_interaction_is_over(memory: Memory, now_s: TurnedSeconds) -> None:
    memory.keep(NAME, known(NAME), 1_100)
    now_s.at_s = 1_099.9
    assert memory.recall(NAME, 0) is not None
    now_s.at_s = 1_100.0
    assert memory.recall(NAME, 5_000) is None
    assert len(memory) == 1
    memory.purge_expired()
    assert len(memory) == 0


def test_a_later_interaction_with_the_same_text_keeps_it_longer(memory: Memory, now_s: TurnedSeconds) -> None:
    memory.keep(NAME, known(NAME), 1_100)
    assert memory.recall(NAME, 1_200) is not None
    assert memory.recall(NAME, 1_050) is not None
    now_s.at_s = 1_199.0
    memory.purge_expired()
    assert memory.recall(NAME, 0) is not None


def test_a_clock_that_jumps_ahead_forgets_and_one_that_jumps_back_keeps_the_bound(
    memory: Memory, now_s: TurnedSeconds
) -> None:
    memory.keep(NAME, known(NAME), 1_100)
    now_s.at_s = 1e12
    memory.purge_expired()
    assert len(memory) == 0
    now_s.at_s = 0.0
    for number in range(10):
        memory.keep(str(number), known(str(number)), 1_100)
    assert len(memory) == 3


def test_what_was_not_used_for_longest_falls_out(memory: Memory) -> None:
    for text in ("a", "b", "c", "a", "d"):
        memory.keep(text, known(text), 1_100)
    assert [memory.recall(text, 0) is not None for text in "abcd"] == [True, False, True, True]


def test_what_was_prepared_stays_until_it_is_replaced(memory: Memory, now_s: TurnedSeconds) -> None:
    for number in range(10):
        memory.prepare(str(number), known(str(number)))
    now_s.at_s = 1e12
    memory.purge_expired()
    assert all(memory.recall(str(number), 0) for number in range(10))
    memory.forget_prepared()
    assert len(memory) == 0
