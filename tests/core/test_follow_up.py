"""The window of one follow-up turn: its deadline, what it records, and input that makes no sense."""

from collections.abc import Callable, Iterator

import pytest

from core.context.payload import encode_items, encode_turn
from core.context.service import ContextService
from core.dialogue import ContextItem, Turn
from core.follow_up import CONTEXT_COMPUTED, FollowUp, Window
from core.store.vault import Vault
from core.timeline import Timeline
from evals.benchmarks.faults import HASH, MODULE, SLOW, fault_text
from tests.clock import wait_until
from tests.contracts.store import TurnedClock

ASKED = "Do you mean Meg Jones or Meg Bauer?"
MakeFollowUp = Callable[..., FollowUp]


@pytest.fixture(scope="module")
def context() -> Iterator[ContextService]:
    service = ContextService(HASH, worker=MODULE)
    yield service
    service.close()


@pytest.fixture(autouse=True)
def _patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that is told to give up has the time to do so, however busy this machine is."""
    monkeypatch.setattr("core.context.pool.GRACE_S", 60.0)


@pytest.fixture
def timeline() -> Timeline:
    return Timeline()


@pytest.fixture
def ask_back(context: ContextService, vault: Vault, timeline: Timeline) -> MakeFollowUp:
    """Stores a turn, up to its expect-speech."""
    wait_until(lambda: context.ready_workers == 2)

    def ask_back(utterance: str, margin_s: float = 0.05) -> FollowUp:
        follow_up = FollowUp(vault.begin(), Window(context, margin_s), timeline)
        turns = [encode_turn(Turn("user", utterance)), encode_turn(Turn("assistant", ASKED))]
        items = encode_items([ContextItem("contacts", "Meg Bauer")])
        utterance_ref, reply_ref, item_ref = follow_up.interaction.put_all([*turns, *items])
        follow_up.record("utterance", utterance_ref)
        follow_up.record("reply", reply_ref)
        follow_up.record("item", item_ref)
        follow_up.record("speak")
        follow_up.record("expect-speech")
        return follow_up

    return ask_back


def names(timeline: Timeline) -> list[str]:
    return [stage.name for stage in timeline.stages()]


def wait_for_context(timeline: Timeline) -> None:
    wait_until(lambda: CONTEXT_COMPUTED in names(timeline))


def test_a_context_that_is_ready_under_the_reply_is_used_and_its_slack_is_shown(
    ask_back: MakeFollowUp, timeline: Timeline
) -> None:
    follow_up = ask_back("Call Meg.")
    follow_up.begin_reply(duration_s=30.0)
    wait_for_context(timeline)
    outcome, context = follow_up.take()
    assert (outcome, bool(context.bias)) == ("used", True)
    assert follow_up.take()[1] is context
    stages = {stage.name: stage for stage in timeline.stages()}
    assert names(timeline).count("slack") == 1
    assert stages["slack"].start_ms == stages[CONTEXT_COMPUTED].end_ms
    assert stages["slack"].duration_ms > 20_000.0
    assert stages["window open"].start_ms == stages[CONTEXT_COMPUTED].start_ms
    inner = [stages[name] for name in ("items opened", "vector", "bias list")]
    assert stages[CONTEXT_COMPUTED].start_ms <= inner[0].start_ms
    assert [stage.end_ms for stage in inner[:2]] == [stage.start_ms for stage in inner[1:]]
    assert inner[2].end_ms <= stages[CONTEXT_COMPUTED].end_ms


@pytest.mark.parametrize("duration_s", [0.0, 0.01, -5.0, float("nan")], ids=["no text", "too short", "negative", "NaN"])
def test_a_reply_without_a_window_leaves_what_is_ready_already_and_ends_no_worker(
    context: ContextService, ask_back: MakeFollowUp, timeline: Timeline, duration_s: float
) -> None:
    pids, slow = context.pids, ask_back(fault_text(SLOW))
    slow.begin_reply(duration_s)
    assert slow.take()[0] == "late"
    wait_for_context(timeline)
    follow_up = ask_back("Call Meg.")
    wait_until(lambda: names(timeline).count(CONTEXT_COMPUTED) == 2)
    follow_up.begin_reply(duration_s)
    assert follow_up.take()[0] == "used"
    assert context.pids == pids


def test_a_reply_that_lasts_for_ever_has_a_deadline_all_the_same(
    context: ContextService, ask_back: MakeFollowUp, timeline: Timeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.context.service.MAX_WINDOW_S", 0.5)
    first = context.pids[0]
    hanging = ask_back(fault_text("hang"))
    hanging.begin_reply(float("inf"))
    wait_for_context(timeline)
    assert hanging.take()[0] == "late"
    assert first not in context.pids


def test_a_deadline_after_the_replys_end_makes_nobody_wait_for_it(
    context: ContextService, ask_back: MakeFollowUp
) -> None:
    pids, slow = context.pids, ask_back(fault_text(SLOW), margin_s=-60.0)
    slow.begin_reply(duration_s=0.0)
    assert slow.take()[0] == "late"
    assert context.pids == pids


def test_who_barges_in_does_not_wait_for_the_context(ask_back: MakeFollowUp, timeline: Timeline) -> None:
    slow = ask_back(fault_text(SLOW))
    slow.begin_reply(duration_s=60.0)
    slow.barge_in()
    wait_for_context(timeline)
    assert slow.take()[0] == "late"
    assert "barged in" in names(timeline)


def test_who_barges_in_has_what_is_ready(ask_back: MakeFollowUp, timeline: Timeline) -> None:
    follow_up = ask_back("Call Meg.")
    follow_up.begin_reply(duration_s=60.0)
    wait_for_context(timeline)
    follow_up.barge_in()
    assert follow_up.take()[0] == "used"


def test_the_slack_ends_where_the_reply_was_heard_to_end(ask_back: MakeFollowUp, timeline: Timeline) -> None:
    follow_up = ask_back("Call Meg.")
    follow_up.begin_reply(duration_s=60.0)
    wait_for_context(timeline)
    follow_up.note_reply_ended()
    follow_up.take()
    stages = {stage.name: stage for stage in timeline.stages()}
    assert stages["slack"].end_ms == pytest.approx(stages["reply ended as heard"].start_ms, abs=5.0)


def test_a_wall_clock_that_jumps_ahead_ends_the_interaction_and_nothing_else(
    ask_back: MakeFollowUp, clock: TurnedClock, timeline: Timeline
) -> None:
    follow_up = ask_back("Call Meg.")
    clock.at_ms += 10**9
    follow_up.begin_reply(duration_s=30.0)
    wait_for_context(timeline)
    assert follow_up.take()[0] == "used", "deadlines are kept by a clock that does not jump"


def test_a_wall_clock_that_jumps_back_keeps_the_events_in_order(
    vault: Vault, clock: TurnedClock, context: ContextService, timeline: Timeline
) -> None:
    follow_up = FollowUp(vault.begin(), Window(context, 0.05), timeline)
    follow_up.record("speak")
    clock.at_ms -= 10**9
    follow_up.record("expect-speech")
    wait_for_context(timeline)
    assert follow_up.take()[0] == "empty"


def test_a_computation_that_was_never_begun_has_failed(vault: Vault, context: ContextService) -> None:
    follow_up = FollowUp(vault.begin(), Window(context, 0.05), Timeline())
    follow_up.record("speak")
    follow_up.begin_reply(1.0)
    assert follow_up.take()[0] == "failed"


def test_two_sessions_at_once_wait_for_nobody(ask_back: MakeFollowUp, timeline: Timeline) -> None:
    stuck, other = ask_back(fault_text("GIL spin")), ask_back("Call Meg.")
    stuck.begin_reply(60.0)
    other.begin_reply(60.0)
    wait_for_context(timeline)
    assert other.take()[0] == "used"
    assert stuck.take()[0] == "late"
