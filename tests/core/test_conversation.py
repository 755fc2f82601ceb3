"""One conversation with real models, a real store and real clips."""

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import psutil
import pytest

from core.assistant.screen import opened_entry
from core.context.service import ContextService, Taken
from core.conversation import Conversation, Parts
from core.dialogue import Signal
from core.errors import KeyFileError, RecognizerFailed, StoreUnavailable
from core.scenario import load_scenario
from core.snapshot import take_snapshot
from core.speech.audio import SAMPLE_RATE, Clip, read_clip
from core.speech.separate_recognizer import SeparateRecognizer
from core.store.interface import Entry, EntryHeader, Event, SealedItem
from core.store.keys import RootKey, RootKeys
from core.store.sqlite import SqliteStore
from core.trigger import data_refs
from evals.bench import MANIFEST
from evals.manifest import read_manifest
from tests.clock import wait_until
from tests.core.speech.faulty_recognizer import FAULTY
from tests.paths import CALL_MEG, SCENARIOS

TURN_1 = read_clip(CALL_MEG / "turn_1.flac")
TURN_2 = read_clip(CALL_MEG / "turn_2.flac")
TWO_VOICES = read_clip(SCENARIOS / "other_voice" / "turn_1.flac")
SHOWN = load_scenario(SCENARIOS / "shown_list")
SILENCE = Clip(np.zeros(SAMPLE_RATE, dtype=np.float32))


class Unready(ContextService):
    """The service's interface when a computation ends in `readiness`, at once and without a process."""

    def __init__(self, readiness: Literal["late", "failed", "disabled"]) -> None:
        self._taken = Taken(readiness)

    def submit(
        self,
        job_id: str,
        data_key: bytes,
        items: tuple[SealedItem, ...],
        on_settled: Callable[[Taken], None],
        deadline_s: float = float("inf"),
    ) -> None:
        on_settled(self._taken)

    def take(self, job_id: str) -> Taken:
        return self._taken

    def set_deadline(self, job_id: str, deadline_s: float) -> None: ...

    def discard(self, job_id: str) -> None: ...

    def undisturbed(self) -> AbstractContextManager[None]:
        return nullcontext()


class FullDiskStore(SqliteStore):
    """The real store on a disk that has no room for events."""

    def append_event(self, interaction_id: str, event: Event, header: EntryHeader) -> Entry:
        raise StoreUnavailable("The disk is full.")


class DeafStore(SqliteStore):
    """The real store behind a line that is cut once an interaction is to be forgotten."""

    def forget(self, interaction_id: str) -> None:
        raise StoreUnavailable("The line is cut.")


class GoneKey(RootKeys):
    """A root key whose file has been taken away."""

    def current(self) -> RootKey:
        raise KeyFileError("The root key is gone.")

    def find(self, key_id: str) -> RootKey | None:
        return None


@pytest.fixture
def talk(parts: Parts) -> Iterator[Conversation]:
    conversation = Conversation(parts)
    yield conversation
    conversation.close()


def listen(talk: Conversation) -> None:
    """The user hears the reply out, and the context is computed meanwhile."""
    deadline_s = time.monotonic() + 60
    while stage_names(talk).count("context vector and bias list") == 0:
        assert time.monotonic() < deadline_s, "the context was never computed"
        time.sleep(0.02)


def stop_the_next_job(talk: Conversation, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The worker stands still from the moment on at which it is handed a job; gives its process id once it does.

    Not before its pause is over, because that would end with it.
    """
    context, stopped = talk.parts.context, list[int]()
    submit = context.submit

    def is_running(pid: int) -> bool:
        return psutil.Process(pid).status() != psutil.STATUS_STOPPED

    def stop_and_submit(*arguments: Any) -> None:
        wait_until(lambda: context.ready_workers == 2 and all(map(is_running, context.pids)))
        stopped.append(context.pids[0])
        os.kill(stopped[0], signal.SIGSTOP)
        submit(*arguments)

    monkeypatch.setattr(context, "submit", stop_and_submit)
    return stopped


def stage_names(talk: Conversation) -> list[str]:
    return [stage.name for stage in talk.timeline.stages()]


def entry_of(talk: Conversation) -> Entry:
    entry = talk.parts.vault.store.get_entry(talk.interaction_ids[0])
    assert entry is not None
    return entry


def test_the_answer_is_heard_as_a_name_because_the_dialogue_asked_for_one(talk: Conversation) -> None:
    first = talk.hear(TURN_1)
    assert first.recognition.text == "call Meg"
    assert first.outcome is None
    assert first.interaction is not None
    assert first.interaction.reply.text == "Do you mean Meg Jones or Meg Bauer?"
    assert talk.expects_speech
    listen(talk)
    second = talk.hear(TURN_2)
    assert second.outcome == "used"
    assert second.recognition.without_context.text == "Power."
    assert second.recognition.with_context.text == "Bauer."
    assert second.interaction is not None
    assert second.interaction.reply.text == "Calling Meg Bauer."
    assert not talk.expects_speech


def test_switched_off_context_gives_the_plain_text(talk: Conversation) -> None:
    talk.hear(TURN_1)
    listen(talk)
    result = talk.hear(TURN_2, context_enabled=False)
    assert (result.outcome, result.recognition.text) == ("disabled", "Power.")


def test_a_context_that_is_not_ready_is_not_waited_for(talk: Conversation, monkeypatch: pytest.MonkeyPatch) -> None:
    stop_the_next_job(talk, monkeypatch)
    talk.hear(TURN_1)
    result = talk.hear(TURN_2)
    assert (result.outcome, result.recognition.text) == ("late", "Power.")
    assert talk.outcomes == {"late": 1}


def test_a_worker_that_dies_costs_the_context_and_nothing_else(
    talk: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        stopped = stop_the_next_job(talk, patch)
        talk.hear(TURN_1)
    os.kill(stopped[0], signal.SIGKILL)
    listen(talk)
    result = talk.hear(TURN_2)
    assert (result.outcome, result.recognition.text) == ("failed", "Power.")
    again = Conversation(talk.parts)
    again.hear(TURN_1)
    listen(again)
    assert again.hear(TURN_2).outcome == "used", "the spare steps in"
    again.close()


def test_a_recogniser_that_fails_costs_one_turn_and_not_its_context(talk: Conversation) -> None:
    talk.hear(TURN_1)
    listen(talk)
    parts, crashing = talk.parts, SeparateRecognizer("crashes", 1, FAULTY)
    talk.parts = replace(parts, recognizer=crashing)
    with pytest.raises(RecognizerFailed, match="say it once more"):
        talk.hear(TURN_2)
    crashing.close()
    assert parts.admission.in_flight == 0
    assert talk.expects_speech
    talk.parts = parts
    result = talk.hear(TURN_2)
    assert (result.recognition.text, result.outcome) == ("Bauer.", "used")


@pytest.mark.parametrize("number", [0, 400])
def test_off_failed_and_late_give_the_very_same_bytes(parts: Parts, number: int) -> None:
    """Whatever becomes of the context, the clip is decoded as if there was none; `make bench` takes every clip."""
    clip = read_clip(read_manifest(MANIFEST)[number].audio_path)
    plain = parts.recognizer.recognize(clip).text
    for readiness in ("late", "failed", "disabled"):
        talk = Conversation(replace(parts, context=Unready(readiness)))
        talk.hear(TURN_1)
        result = talk.hear(clip, context_enabled=readiness != "disabled")
        assert (result.outcome, result.recognition.text.encode()) == (readiness, plain.encode())
        talk.close()


def test_a_follow_up_shows_its_stages_in_their_order(talk: Conversation) -> None:
    talk.hear(TURN_1)
    listen(talk)
    talk.note_reply_ended()
    talk.note_microphone_opened(talk.timeline.now_ms())
    talk.hear(TURN_2)
    told = [
        "clip received",
        "utterance recognised",
        "items stored",
        "event speak",
        "event expect-speech",
        "window open",
        "reply synthesised",
        "reply spoken",
        "reply ended as heard",
        "microphone open",
        "context outcome",
    ]
    shown = stage_names(talk)
    positions = [shown.index(name) for name in told]
    assert positions == sorted(positions)
    assert {"items opened", "vector", "bias list", "slack", "recognised"} <= set(shown)


def test_nothing_that_was_said_is_in_the_exported_timeline(talk: Conversation) -> None:
    talk.hear(TURN_1)
    listen(talk)
    talk.hear(TURN_2)
    exported = talk.export_window()
    assert exported["outcomes"] == {
        "used": 1, "late": 0, "failed": 0, "disabled": 0, "empty": 0, "rejected": 0,
    }  # fmt: skip
    assert not any(word in json.dumps(exported) for word in ("Meg", "Bauer", "Call", "Power"))
    assert {stage["name"] for stage in exported["stages"]} == set(stage_names(talk))


def test_who_barges_in_is_recognised_at_once(talk: Conversation) -> None:
    talk.barge_in()
    talk.hear(TURN_1)
    talk.barge_in()
    result = talk.hear(TURN_2)
    assert result.outcome in {"used", "late"}
    assert "barged in" in stage_names(talk)


def test_silence_is_no_turn_and_the_question_stays_open(talk: Conversation) -> None:
    assert talk.hear(SILENCE).interaction is None
    talk.hear(TURN_1)
    listen(talk)
    silent = talk.hear(SILENCE)
    assert (silent.outcome, silent.recognition.text, silent.interaction) == ("rejected", "", None)
    assert talk.hear(TURN_2).recognition.text == "Bauer."


def test_a_store_that_fails_costs_the_context_and_nothing_else(parts: Parts, tmp_path: Path) -> None:
    store = FullDiskStore(tmp_path / "full.sqlite3")
    store.ensure_schema()
    talk = Conversation(replace(parts, vault=replace(parts.vault, store=store)))
    first = talk.hear(TURN_1)
    second = talk.hear(TURN_2)
    store.close()
    assert first.interaction is not None
    assert (second.outcome, second.recognition.text) == ("failed", "Power.")
    assert "storing failed" in stage_names(talk)


def test_a_key_that_is_gone_costs_the_context_and_nothing_else(parts: Parts) -> None:
    talk = Conversation(replace(parts, vault=replace(parts.vault, root_key=GoneKey())))
    first, second = talk.hear(TURN_1), talk.hear(TURN_2)
    assert first.interaction is not None
    assert second.interaction is not None
    assert first.interaction.reply.text == "Do you mean Meg Jones or Meg Bauer?"
    assert (second.outcome, second.recognition.text) == ("failed", "Power.")
    assert first.interaction.id != second.interaction.id
    assert second.before == first.interaction.turns
    assert talk.interaction_ids == ()
    assert take_snapshot(talk, [(first, None), (second, None)]).events == ()
    talk.close()
    assert not talk.expects_speech


def test_a_conversation_is_closed_also_where_nothing_can_be_forgotten(parts: Parts, tmp_path: Path) -> None:
    store = DeafStore(tmp_path / "deaf.sqlite3")
    store.ensure_schema()
    talk = Conversation(replace(parts, vault=replace(parts.vault, store=store)))
    talk.hear(TURN_1)
    talk.close()
    assert (talk.interaction_ids, talk.expects_speech) == ((), False)
    assert "forgetting failed" in stage_names(talk)
    assert talk.hear(TURN_1).recognition.text == "call Meg"
    talk.close()
    store.close()


def test_a_picture_is_taken_also_where_the_store_cannot_be_read(parts: Parts, tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "closed.sqlite3")
    store.ensure_schema()
    talk = Conversation(replace(parts, vault=replace(parts.vault, store=store)))
    result = talk.hear(TURN_1)
    store.close()
    snapshot = take_snapshot(talk, [(result, None)])
    assert [turn.with_context for turn in snapshot.turns] == ["call Meg"]
    assert (snapshot.events, snapshot.data) == ((), ())


def test_only_the_wake_words_voice_counts_where_that_is_asked_for(talk: Conversation) -> None:
    everybody = talk.hear(TWO_VOICES)
    assert everybody.anchoring is None
    assert "train" in everybody.recognition.text
    result = talk.hear(TWO_VOICES, anchored=True)
    assert result.anchoring is not None
    assert result.recognition.text == "Alexa, can you call Meg?"
    assert result.interaction is not None
    assert result.interaction.reply.text == "Do you mean Meg Jones or Meg Bauer?"
    [left_out] = result.anchoring.left_out
    assert 0.0 < left_out.start_s < left_out.end_s < TWO_VOICES.duration_s / 2 + 0.5
    assert result.anchoring.whole.text == everybody.recognition.text
    assert "held against the wake word's voice" in stage_names(talk)


def test_without_a_wake_word_everything_counts(talk: Conversation) -> None:
    result = talk.hear(TURN_1, anchored=True)
    assert result.anchoring is not None
    assert (result.anchoring.outcome, result.anchoring.left_out) == ("no_anchor", ())
    assert result.recognition.text == result.anchoring.whole.text == "call Meg"


def test_a_shown_list_is_heard_before_anybody_has_asked(talk: Conversation) -> None:
    name, place = (read_clip(turn.audio) for turn in SHOWN.turns)
    talk.show(SHOWN.screen)
    named, pointed = talk.hear(name), talk.hear(place)
    assert named.recognition.text == "Show me Tamarack."
    assert (named.outcome, talk.outcomes) == (None, {})
    assert [change.hotword.item.signal for change in named.recognition.changes if change.hotword] == ["screen"]
    opened = [opened_entry(one.interaction.reply) for one in (named, pointed) if one.interaction]
    assert opened == ["Tamarack Espresso Bar", "The Blue Kettle"]


def test_a_shown_list_is_a_source_that_can_be_switched_off(talk: Conversation) -> None:
    name = read_clip(SHOWN.turns[0].audio)
    talk.show(SHOWN.screen)
    assert talk.hear(name, signals=["contacts"]).recognition.text == "Show me Tamaraq."
    assert talk.hear(name, context_enabled=False).recognition.text == "Show me Tamaraq."


def test_earlier_rounds_and_what_is_known_reach_the_next_follow_up(talk: Conversation) -> None:
    talk.show(SHOWN.screen)
    talk.hear(read_clip(SHOWN.turns[1].audio))  # "Opening The Blue Kettle."
    talk.show(())
    talk.tell("preferences", "old friends")
    talk.hear(TURN_1)
    listen(talk)
    used = talk.hear(TURN_2)
    texts = {hotword.text: hotword.item.signal for hotword in used.context.bias.hotwords}
    assert texts["The Blue Kettle"] == "earlier_turns"
    assert used.recognition.text == "Bauer."
    alone = Conversation(talk.parts)
    alone.hear(TURN_1)
    listen(alone)
    vectors = [result.context.vector for result in (used, alone.hear(TURN_2))]
    alone.close()
    assert vectors[0] is not None
    assert vectors[1] is not None
    assert 0.5 < float(vectors[0] @ vectors[1]) < 0.999


def test_what_may_not_be_used_is_not_stored_either(talk: Conversation) -> None:
    talk.tell("preferences", "old friends")
    sources: list[Signal] = ["contacts"]
    for _ in range(2):
        talk.hear(TURN_1, signals=sources)
    entries = [talk.parts.vault.store.get_entry(id_) for id_ in talk.interaction_ids]
    assert [len(data_refs(entry)) for entry in entries if entry is not None] == [3, 3]


def test_an_earlier_round_lives_no_longer_for_being_stored_again(talk: Conversation) -> None:
    talk.hear(TURN_1)
    clock = talk.parts.vault.now_ms
    later = replace(talk.parts.vault, now_ms=lambda: clock() + 200_000)
    talk._keeper._vault = later
    talk.hear(TURN_1)
    first, second = (talk.parts.vault.store.get_entry(id_) for id_ in talk.interaction_ids)
    assert first is not None
    assert second is not None
    items = talk.parts.vault.store.get_items(second.interaction_id, data_refs(second))
    assert sorted({item.expires_at for item in items}) == [first.header.expires_at, second.header.expires_at]


def test_events_tell_the_turn_in_order_and_name_their_items(talk: Conversation) -> None:
    talk.hear(TURN_1)
    types = [event.type for event in entry_of(talk).events]
    assert types == ["utterance", "reply", "item", "speak", "expect-speech", "context-claimed"]
    refs = data_refs(entry_of(talk))
    assert len(talk.parts.vault.store.get_items(talk.interaction_ids[0], refs)) == len(refs) == 3


def test_the_vector_is_kept_sealed_once_it_was_used(talk: Conversation) -> None:
    talk.hear(TURN_1)
    listen(talk)
    talk.hear(TURN_2)
    [event] = [event for event in entry_of(talk).events if event.type == "context-vector"]
    opened = talk.parts.vault.resume(entry_of(talk)).open([event.ref])
    vector = np.frombuffer(opened[event.ref], dtype=np.float32)
    assert vector.shape == (384,)
    assert np.linalg.norm(vector) == pytest.approx(1.0, abs=1e-5)


def test_an_interaction_that_asks_nothing_is_discarded_at_once(talk: Conversation) -> None:
    talk.hear(TURN_1)
    listen(talk)
    talk.hear(TURN_2)
    assert talk.parts.vault.store.get_entry(talk.interaction_ids[1]) is None
    assert "context discarded" in stage_names(talk)


def test_closing_forgets_the_conversation(parts: Parts) -> None:
    talk = Conversation(parts)
    talk.hear(TURN_1)
    [interaction_id] = talk.interaction_ids
    talk.close()
    assert parts.vault.store.get_entry(interaction_id) is None


def test_no_name_and_no_utterance_lies_in_the_store_in_the_clear(talk: Conversation, store_path: Path) -> None:
    talk.hear(TURN_1)
    stored = store_path.read_bytes()
    assert talk.interaction_ids[0].encode() in stored
    for word in (b"Meg", b"Bauer", b"Do you mean"):
        assert word not in stored


def test_two_conversations_at_once_keep_their_contexts_apart(parts: Parts) -> None:
    asked, fresh = Conversation(parts), Conversation(parts)
    asked.hear(TURN_1)
    listen(asked)
    assert fresh.hear(TURN_2).recognition.text == "Power."
    assert asked.hear(TURN_2).recognition.text == "Bauer."
    asked.close()
    fresh.close()
