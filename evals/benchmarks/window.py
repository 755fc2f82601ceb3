"""Whether the context is ready while the reply is spoken, how much time is left, what it costs in memory."""

import statistics
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from core.dialogue import ContextItem
from core.settings import Settings
from core.speech.voice import Voice
from evals.benchmarks.figure import Figure, percentiles, share
from evals.benchmarks.lab import WITHIN_S, Ended, Lab, Names, open_lab, open_service, question
from evals.benchmarks.timing import Ratio
from evals.manifest import Utterance, read_manifest

REPLY_S = 0.6  # a very short one: "Which one?"
TURNS, ITEMS = 1_000, 12
BOOK_TURNS, BOOK_ITEMS = 1_000, 1_000
FOLLOW_UPS = 5
REPLIES = 100
MAX_SLACK_ITEMS = 100
MAX_REPLY_S = 60.0


def measure_window(manifest: Path, settings: Settings) -> Iterator[Figure | Ratio]:
    """All figures that need the real worker."""
    names = Names(read_manifest(manifest))
    with open_lab(open_service(settings)) as lab:
        ended = [_ask(lab, number, names.draw(ITEMS), settings) for number in range(TURNS)]
        yield _readiness(f"ready within {REPLY_S} s, {ITEMS} new items a turn", ended, "≥ 99.9 %")
        yield compare_follow_ups(lab, names)
        book = names.draw(BOOK_ITEMS)
        began_s = time.monotonic()
        lab.service.prepare(item.text for item in book)
        lab.service.wait_until_prepared(WITHIN_S)
        took_s = time.monotonic() - began_s
        yield Figure(f"preparing an address book of {BOOK_ITEMS}", f"{took_s:.1f} s in idle time", "none", 1)
        ended = [_ask(lab, number, book, settings) for number in range(BOOK_TURNS)]
        yield _readiness(f"ready within {REPLY_S} s, address book of {BOOK_ITEMS}", ended, "≥ 99 %")
        yield measure_memory(lab, settings)


def measure_slack(manifest: Path, settings: Settings) -> Iterator[Figure]:
    """How long the reply still goes on once the context is ready: the set's replies in the assistant's voice, and their
    items, of which nothing is prepared.
    """
    utterances = _distinct_replies(read_manifest(manifest))
    voice, margin_s = Voice(), settings.context_margin_ms / 1000.0
    slacks_ms, durations_ms = [], []
    with open_lab(open_service(settings)) as lab:
        for utterance in utterances:
            duration_s = voice.speak(utterance.dialogue[-1].text).duration_s
            ended = lab.submit(utterance.dialogue, utterance.context, max(duration_s - margin_s, 0.0)).wait()
            durations_ms.append(1000 * duration_s)
            slacks_ms.append(1000 * (duration_s - ended.took_s) if ended.taken.readiness == "ready" else 0.0)
    yield Figure("the replies' durations", percentiles(durations_ms, 0, 50, 100), "none", len(durations_ms))
    yield Figure("slack: reply's end - context ready", percentiles(slacks_ms, 0, 5, 50, 95, 100), "> 0", len(slacks_ms))


def compare_follow_ups(lab: Lab, names: Names) -> Ratio:
    """The same many items twice, with other words before them; new items each time, nothing prepared."""
    ratios = []
    for number in range(FOLLOW_UPS):
        items = names.draw(BOOK_ITEMS)
        first, second = (
            lab.submit(question(f"{word} {number}"), items, MAX_REPLY_S).wait() for word in ("Call", "Ring")
        )
        ratios.append(second.took_s / first.took_s)
    return Ratio(f"second follow-up / first, {BOOK_ITEMS} items, target ≤ 0.2", tuple(ratios))


def measure_memory(lab: Lab, settings: Settings) -> Figure:
    """What worker and spare hold now."""
    lab.wait_for_both()
    held = lab.service.memory_mb
    value = " and ".join(f"{mb} MB" for mb in held)
    return Figure("memory of worker and spare", value, f"≤ {settings.context_memory_mb} MB each (setting)", len(held))


def _ask(lab: Lab, number: int, items: Sequence[ContextItem], settings: Settings) -> Ended:
    window_s = REPLY_S - settings.context_margin_ms / 1000.0
    return lab.submit(question(f"Call number {number}."), items, window_s).wait()


def _readiness(name: str, ended: Sequence[Ended], target: str) -> Figure:
    ready_ms = [1000 * one.took_s for one in ended if one.taken.readiness == "ready" and one.took_s <= REPLY_S]
    value = share(len(ready_ms), len(ended))
    if ready_ms:
        value += f", after {statistics.median(ready_ms):.0f} ms (median), {percentiles(ready_ms, 99, 100)}"
    return Figure(name, value, target, len(ended))


def _distinct_replies(utterances: Sequence[Utterance]) -> list[Utterance]:
    """One utterance for each reply, spread over the set; those with long lists are the address book's matter."""
    asked = (one for one in utterances if one.dialogue and len(one.context) <= MAX_SLACK_ITEMS)
    by_reply = {utterance.dialogue[-1].text: utterance for utterance in asked}
    distinct = list(by_reply.values())
    count = min(REPLIES, len(distinct))
    return [distinct[len(distinct) * number // count] for number in range(count)]
