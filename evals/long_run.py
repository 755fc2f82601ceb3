"""`python -m evals.long_run`: thousands of turns in one process. Does it grow, and does it leave anything behind?

One conversation after another plays the sample's two clips, really: recognised, answered, stored, spoken, forgotten.
The clips come as bytes and are decoded as a user's are. Every so many turns the context's worker is killed (SIGKILL).
What process and recogniser hold in memory is fitted with a line; open files and processes are counted at both ends.
"""

import argparse
import functools
import os
import signal
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from tqdm import tqdm

from core.command import run_command
from core.conversation import Conversation, Parts, load_parts
from core.errors import RunError
from core.follow_up import CONTEXT_COMPUTED
from core.scenario import load_scenarios
from core.settings import Settings
from evals.benchmarks.growth import Held, look, tell_growth

LOADED_WITHIN_S = 600.0  # beside other work
LISTENED_S = 5.0
TURNS_EACH = 2
SAMPLES = 50  # of the memory, evenly spread


@dataclass(frozen=True, slots=True)
class LongRun:
    """Samples in their order, how often a worker was killed, and the texts that were heard in the second turns."""

    held: tuple[Held, ...]
    kills: int
    used: int

    @property
    def row(self) -> str:
        """Everything in one line."""
        turns = self.held[-1].done
        return (
            f"{turns} turns, {turns // TURNS_EACH} conversations, {self.kills} kills, context used {self.used} times; "
            f"{tell_growth(self.held, 'turns')}"
        )


def run_turns(parts: Parts, turns: int, kill_every: int) -> LongRun:
    """Play conversations until so many turns are over.

    Raises:
        RunError: a clip was not recognised.
    """
    clips = [turn.audio.read_bytes() for turn in load_scenarios()[0].turns[:TURNS_EACH]]
    every = max(TURNS_EACH, turns // SAMPLES)
    here = functools.partial(look, os.getpid(), parts.recognizer.pid)
    held, kills, used = [here(0)], 0, 0
    for number in tqdm(range(TURNS_EACH, turns + 1, TURNS_EACH), unit="conversation", disable=None):
        used += play(parts, clips)
        if number % kill_every < TURNS_EACH:
            kills += kill_worker(parts)
        if number % every < TURNS_EACH:
            held.append(here(number))
    wait_for_workers(parts)
    held.append(here(turns))
    return LongRun(tuple(held), kills, used)


def play(parts: Parts, clips: Sequence[bytes]) -> bool:
    """One conversation; returns whether its follow-up was recognised with context.

    Raises:
        RunError: a clip was not recognised.
    """
    conversation = Conversation(parts)
    for clip in clips:
        result = conversation.hear(parts.decoder.decode(clip))
        if result.interaction is None:
            raise RunError("A clip was not recognised.")
        wait_for_context(conversation)
    conversation.close()
    return result.outcome == "used"


def wait_for_context(conversation: Conversation) -> None:
    """As long as the reply is listened to, or until the context is there."""
    deadline_s = time.monotonic() + LISTENED_S
    while conversation.expects_speech and time.monotonic() < deadline_s:
        if any(stage.name == CONTEXT_COMPUTED for stage in conversation.timeline.stages()):
            return
        time.sleep(0.005)


def kill_worker(parts: Parts) -> bool:
    """The one that gets the next job; the spare steps in."""
    with suppress(IndexError, ProcessLookupError):
        os.kill(parts.context.pids[0], signal.SIGKILL)
        return True
    return False


def wait_for_workers(parts: Parts) -> None:
    """Until worker and spare are there again, so that what is left can be compared with what was there."""
    deadline_s = time.monotonic() + LOADED_WITHIN_S
    while parts.context.ready_workers < 2 and time.monotonic() < deadline_s:
        time.sleep(0.1)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run and print; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m evals.long_run", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--turns", type=int, default=10_000)
    parser.add_argument("--kill-every", type=int, default=50, metavar="TURNS")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as state:
        settings = replace(
            Settings.from_env(),
            store=f"sqlite:{Path(state) / 'context.sqlite3'}",
            root_key_file=Path(state) / "root.key",
        )
        parts = load_parts(settings)
        try:
            parts.context.wait_until_prepared(LOADED_WITHIN_S)
            wait_for_workers(parts)
            print(run_turns(parts, options.turns, options.kill_every).row)
        finally:
            parts.close()
    return 0


if __name__ == "__main__":
    run_command(main)
