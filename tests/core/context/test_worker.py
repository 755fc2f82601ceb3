"""What the worker answers, over real pipes, with an embedding that costs nothing; the process is tried elsewhere."""

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import pytest

from core.context.answer import Answer, decode_answer, decode_vectors, encode_vectors
from core.context.channel import Channel
from core.context.embedding import Vectors
from core.context.job import encode_job
from core.context.memory import Memory
from core.context.payload import encode_items, encode_turn
from core.context.ranking import CLASS_TEXTS
from core.context.wire import Frame, Kind, pack, unpack
from core.context.worker import Worker, run
from core.dialogue import ContextItem, Turn
from core.store.interface import SealedItem
from core.store.sealing import new_data_key
from core.store.vault import OpenInteraction, Vault
from tests.clock import WITHIN_S
from tests.core.context.embeddings import DIMENSIONS, embed_by_hash

CANARY = "Xiomara Oyelaran"


class Talk:
    """The supervisor's end of a worker's pipes."""

    def __init__(self, serve: Callable[[Channel], None]) -> None:
        self._input, there = os.pipe()
        here, self._output = os.pipe()
        self._open = [self._input, there, here, self._output]
        self.channel = Channel(self._input, self._output)
        self._thread = threading.Thread(target=serve, args=(Channel(here, there),))
        self._thread.start()

    def ask(self, frame: Frame) -> Frame:
        self.channel.send(frame)
        return self.hear()

    def hear(self) -> Frame:
        frame = self.channel.receive(WITHIN_S)
        assert frame is not None
        return frame

    def end(self) -> None:
        """The input ends, and with it the worker."""
        os.close(self._output)
        self._thread.join(WITHIN_S)
        assert not self._thread.is_alive()
        for descriptor in self._open[:3]:
            os.close(descriptor)


class Embedding:
    """`embed_by_hash` that counts its texts and can be held up."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.reached, self.go_on = threading.Event(), threading.Event()
        self.go_on.set()

    def __call__(self, texts: Sequence[str]) -> Vectors:
        self.texts.extend(texts)
        self.reached.set()
        assert self.go_on.wait(WITHIN_S)
        return embed_by_hash(texts)


@pytest.fixture
def embedding() -> Embedding:
    return Embedding()


@pytest.fixture
def talk(embedding: Embedding) -> Iterator[Talk]:
    talk = Talk(lambda channel: Worker(channel, embedding, lambda text: (text.lower(),), Memory(lambda: 0.0)).serve())
    yield talk
    talk.end()


@pytest.fixture
def interaction(vault: Vault) -> OpenInteraction:
    return vault.begin()


@pytest.fixture
def items(interaction: OpenInteraction) -> tuple[SealedItem, ...]:
    turns = [encode_turn(Turn("user", "Call Meg.")), encode_turn(Turn("assistant", "Do you mean Meg Bauer?"))]
    return interaction.sealed(interaction.put_all([*turns, *encode_items([ContextItem("contacts", CANARY)])]))


def ask(talk: Talk, data_key: bytes, items: tuple[SealedItem, ...], number: int = 7) -> Frame:
    return talk.ask(Frame(Kind.JOB, number, encode_job(data_key, items)))


def read(frame: Frame) -> Answer:
    assert frame.kind == Kind.ANSWER
    return decode_answer(frame.payload, DIMENSIONS)


def test_a_job_is_answered_with_the_vector_and_the_ranked_hotwords_with_their_sounds(
    talk: Talk, interaction: OpenInteraction, items: tuple[SealedItem, ...]
) -> None:
    frame = ask(talk, interaction.data_key, items, number=12)
    answer = read(frame)
    assert frame.number == 12
    assert answer.context.vector is not None
    assert {(h.item.signal, h.text, h.sounds) for h in answer.context.bias.hotwords} == {
        ("contacts", CANARY, (CANARY.lower(),)),
        ("prior_turn", "Meg Bauer", ("meg bauer",)),
    }


def test_the_stages_of_a_job_follow_each_other(
    talk: Talk, interaction: OpenInteraction, items: tuple[SealedItem, ...]
) -> None:
    times = read(ask(talk, interaction.data_key, items)).times
    assert times.began_s <= times.opened_s <= times.embedded_s <= times.ranked_s


def test_a_job_without_items_has_neither_vector_nor_hotwords(talk: Talk, interaction: OpenInteraction) -> None:
    context = read(ask(talk, interaction.data_key, ())).context
    assert (context.vector, context.bias.hotwords) == (None, ())


def test_a_job_shows_nothing_that_was_said(interaction: OpenInteraction, items: tuple[SealedItem, ...]) -> None:
    payload = encode_job(interaction.data_key, items)
    for word in (CANARY, "Meg", "Bauer", "Call"):
        assert word.encode() not in payload


def test_the_second_job_embeds_only_what_is_new(
    talk: Talk, embedding: Embedding, interaction: OpenInteraction, items: tuple[SealedItem, ...]
) -> None:
    first = read(ask(talk, interaction.data_key, items))
    embedding.texts.clear()
    assert read(ask(talk, interaction.data_key, items)).context.bias == first.context.bias
    assert embedding.texts == []


def test_what_comes_during_a_job_means_that_nobody_waits_any_more(
    talk: Talk, embedding: Embedding, interaction: OpenInteraction
) -> None:
    many = [encode_turn(Turn("user", "Call.")), *encode_items([ContextItem("list", str(n)) for n in range(100)])]
    embedding.go_on.clear()
    talk.channel.send(
        Frame(Kind.JOB, 7, encode_job(interaction.data_key, interaction.sealed(interaction.put_all(many))))
    )
    assert embedding.reached.wait(WITHIN_S)
    talk.channel.send(Frame(Kind.CANCEL, 7))
    embedding.go_on.set()
    assert talk.hear() == Frame(Kind.LATE, 7)
    assert len(embedding.texts) < 100
    assert read(ask(talk, interaction.data_key, ())).context.vector is None, "it goes on with the next job"


def test_texts_are_prepared_and_remembered(talk: Talk, embedding: Embedding, interaction: OpenInteraction) -> None:
    texts = [CANARY, "Søren"]
    frame = talk.ask(Frame(Kind.EMBED, 3, pack(texts)))
    sounds, raw = unpack(frame.payload)
    vectors = decode_vectors(raw, DIMENSIONS)
    assert (frame.kind, sounds) == (Kind.EMBEDDED, [[CANARY.lower()], ["søren"]])
    assert vectors.tolist() == embed_by_hash(texts).tolist()
    rows = list(zip(texts, sounds, strict=True))
    assert talk.ask(Frame(Kind.REMEMBER, 4, pack([True, DIMENSIONS, rows], encode_vectors(vectors)))).kind == (
        Kind.REMEMBERED
    )
    embedding.texts.clear()
    said = [encode_turn(Turn("user", "call")), *encode_items([ContextItem("contacts", text) for text in texts])]
    read(ask(talk, interaction.data_key, interaction.sealed(interaction.put_all(said))))
    assert set(embedding.texts) == {"call", *CLASS_TEXTS}


@pytest.mark.parametrize(
    "change",
    [
        {"sealed": b""},
        {"sealed": b"\x01" + b"x" * 60},
        {"data_id": "elsewhere"},
        {"interaction_id": "a" * 32},
        {"expires_at": 1},
    ],
)
def test_an_item_that_does_not_open_fails_its_job_and_nothing_is_told(
    talk: Talk, interaction: OpenInteraction, items: tuple[SealedItem, ...], change: dict[str, str | bytes | int]
) -> None:
    changed = (*items[:-1], replace(items[-1], **change))  # type: ignore[arg-type]
    assert ask(talk, interaction.data_key, changed) == Frame(Kind.FAILED, 7)
    assert read(ask(talk, interaction.data_key, items)).context.bias


@pytest.mark.parametrize("data_key", [new_data_key(), b"short"], ids=["another", "none"])
def test_another_data_key_fails_the_job(talk: Talk, items: tuple[SealedItem, ...], data_key: bytes) -> None:
    assert ask(talk, data_key, items) == Frame(Kind.FAILED, 7)


@pytest.mark.parametrize("payload", [b"", CANARY.encode(), b"[]", b'{"signal": "contacts"}', b"\xff\xfe"])
def test_a_payload_that_is_none_fails_the_job_without_being_told(
    talk: Talk, interaction: OpenInteraction, payload: bytes
) -> None:
    frame = ask(talk, interaction.data_key, interaction.sealed([interaction.put(payload)]))
    assert frame == Frame(Kind.FAILED, 7)


@pytest.mark.parametrize("kind", [Kind.JOB, Kind.EMBED, Kind.REMEMBER])
def test_a_request_that_is_none_fails(talk: Talk, kind: Kind) -> None:
    assert talk.ask(Frame(kind, 9, b"nothing")) == Frame(Kind.FAILED, 9)


def test_a_model_that_cannot_be_loaded_is_told_and_ends_the_worker(tmp_path: str) -> None:
    talk = Talk(lambda channel: run(channel, str(tmp_path)))
    assert talk.hear() == Frame(Kind.UNUSABLE, 0)
    talk.end()
