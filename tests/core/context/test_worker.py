"""What the worker answers, with an embedding that costs nothing; the process itself is tried through the service."""

import base64
import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from core.context.payload import encode_items, encode_turn
from core.context.worker import answer_job, encode_job, serve
from core.dialogue import ContextItem, Turn
from core.store.interface import SealedItem
from core.store.sealing import new_data_key
from core.store.vault import OpenInteraction, Vault
from tests.core.context.embeddings import DIMENSIONS, embed_by_hash

CANARY = "Xiomara Oyelaran"


@pytest.fixture
def interaction(vault: Vault) -> OpenInteraction:
    return vault.begin()


@pytest.fixture
def items(interaction: OpenInteraction) -> tuple[SealedItem, ...]:
    turns = [encode_turn(Turn("user", "Call Meg.")), encode_turn(Turn("assistant", "Do you mean Meg Bauer?"))]
    return interaction.sealed(interaction.put_all([*turns, *encode_items([ContextItem("contacts", CANARY)])]))


def answer(data_key: bytes, items: tuple[SealedItem, ...]) -> dict[str, Any]:
    return answer_job(encode_job("job-1", data_key, items), embed_by_hash)


def test_a_job_is_answered_with_the_vector_and_the_ranked_hotwords(
    interaction: OpenInteraction, items: tuple[SealedItem, ...]
) -> None:
    answered = answer(interaction.data_key, items)
    assert answered["job_id"] == "job-1"
    assert len(base64.b64decode(answered["vector"])) == 4 * DIMENSIONS
    assert {(signal, text) for signal, text, _ in answered["hotwords"]} == {
        ("contacts", CANARY),
        ("prior_turn", "Meg Bauer"),
    }


def test_a_job_without_items_has_neither_vector_nor_hotwords(interaction: OpenInteraction) -> None:
    assert answer(interaction.data_key, ()) == {"job_id": "job-1", "vector": "", "hotwords": []}


def test_a_line_shows_nothing_that_was_said(interaction: OpenInteraction, items: tuple[SealedItem, ...]) -> None:
    line = encode_job("job-1", interaction.data_key, items)
    assert "\n" not in line
    assert CANARY not in line
    assert base64.b64encode(CANARY.encode()).decode()[:12] not in line


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"sealed": b""}, "SealBroken"),
        ({"sealed": b"\x01" + b"x" * 60}, "SealBroken"),
        ({"data_id": "elsewhere"}, "SealBroken"),
        ({"interaction_id": "a" * 32}, "SealBroken"),
        ({"expires_at": 1}, "SealBroken"),
    ],
)
def test_an_item_that_does_not_open_fails_its_job_by_the_errors_name_alone(
    interaction: OpenInteraction, items: tuple[SealedItem, ...], change: dict[str, Any], error: str
) -> None:
    changed = (*items[:-1], replace(items[-1], **change))
    assert answer(interaction.data_key, changed) == {"job_id": "job-1", "error": error}


def test_another_data_key_fails_the_job(items: tuple[SealedItem, ...]) -> None:
    assert answer(new_data_key(), items) == {"job_id": "job-1", "error": "SealBroken"}
    assert "error" in answer(b"short", items)


@pytest.mark.parametrize("payload", [b"", CANARY.encode(), b"[]", b'{"signal": "contacts"}', b"\xff\xfe"])
def test_a_payload_that_is_none_fails_the_job_without_being_told(interaction: OpenInteraction, payload: bytes) -> None:
    answered = answer(interaction.data_key, interaction.sealed([interaction.put(payload)]))
    assert set(answered) == {"job_id", "error"}
    assert CANARY not in answered["error"]


def test_a_model_that_cannot_be_loaded_is_told_and_ends_the_worker(tmp_path: Path) -> None:
    answers = io.StringIO()
    serve(io.StringIO("never read\n"), answers, str(tmp_path))
    assert json.loads(answers.getvalue()) == {"error": "ModelError"}
