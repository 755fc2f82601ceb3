"""`python -m evals.load`: many tabs at once over the app's own socket. What is answered in time, and what is refused?

The app is started, and one tab after another says the sample's clips as fast as they are answered: that is the
capacity. Then tabs ask at even intervals, at multiples of it. Each request ends in a text, or in being told to wait;
goodput counts the texts that came within 8 s. A tab is a session of its own.
"""

import argparse
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue

from core.command import run_command
from core.errors import RunError
from evals.benchmarks.app_server import app_url, start_app, wait_until_served
from evals.benchmarks.figure import percentiles
from evals.benchmarks.tab import Tab

DEADLINE_S = 8.0  # from asking to the drawn page; the queue in front of the recogniser has 5 s of it
LOADED_WITHIN_S = 600.0  # beside other work
CALIBRATED = 10  # requests
PRESS = "Use the clip"


@dataclass(frozen=True, slots=True)
class Request:
    """How one request ended: answered with a text, or told to wait; and after how long."""

    is_answered: bool
    took_s: float


@dataclass(frozen=True, slots=True)
class Level:
    """All requests at one multiple of the capacity. unasked: for which no tab was free any more."""

    multiple: float
    lasted_s: float
    requests: tuple[Request, ...]
    unasked: int

    @property
    def goodput(self) -> float:
        """Texts a second that came in time."""
        return sum(one.is_answered and one.took_s <= DEADLINE_S for one in self.requests) / self.lasted_s

    @property
    def row(self) -> str:
        """Everything in one line."""
        answered = [one.took_s * 1000.0 for one in self.requests if one.is_answered]
        refused = [one.took_s * 1000.0 for one in self.requests if not one.is_answered]
        told = f"{self.multiple:>4g} x capacity: goodput {self.goodput:.2f}/s; {len(answered)} answered"
        told += f" ({percentiles(answered, 50, 99)})" if answered else ""
        told += f"; {len(refused)} refused" + (f" ({percentiles(refused, 50, 99)})" if refused else "")
        return told + f"; {self.unasked} not asked"


def ask(tab: Tab) -> Request:
    """Say one clip in a tab.

    Raises:
        RunError: the page shows neither a text nor that it is busy.
    """
    start_s = time.monotonic()
    tab.press(PRESS)
    took_s = time.monotonic() - start_s
    errors = tab.errors()
    if any(not error.startswith("Too many are speaking") for error in errors):
        raise RunError(f"The app failed: {errors[0]}")
    return Request(not errors, took_s)


def measure_capacity(tab: Tab) -> float:
    """Requests a second of one tab that never waits."""
    start_s = time.monotonic()
    for _ in range(CALIBRATED):
        ask(tab)
    return CALIBRATED / (time.monotonic() - start_s)


def run_level(tabs: Sequence[Tab], capacity: float, multiple: float, seconds: float) -> Level:
    """Ask at even intervals for so long, each time in a tab that waits for nothing."""
    free: SimpleQueue[Tab] = SimpleQueue()
    for tab in tabs:
        free.put(tab)
    unasked, asked = 0, []

    def ask_and_free(tab: Tab) -> Request:
        try:
            return ask(tab)
        finally:
            free.put(tab)

    with ThreadPoolExecutor(len(tabs)) as pool:
        start_s = time.monotonic()
        for number in range(round(seconds * capacity * multiple)):
            time.sleep(max(0.0, start_s + number / (capacity * multiple) - time.monotonic()))
            try:
                asked.append(pool.submit(ask_and_free, free.get_nowait()))
            except Empty:
                unasked += 1
        requests = tuple(one.result() for one in asked)
        return Level(multiple, time.monotonic() - start_s, requests, unasked)


def wait_until_warm(tab: Tab) -> None:
    """Until the models are loaded.

    Raises:
        RunError: they never are.
    """
    deadline_s = time.monotonic() + LOADED_WITHIN_S
    while tab.find("button", PRESS) is None:
        if time.monotonic() > deadline_s:
            raise RunError("The app's models were not loaded in time.")
        time.sleep(0.5)
        tab.run()


def measure(count: int, seconds: float, multiples: Sequence[float]) -> None:
    """Print the capacity and one line a level."""
    with tempfile.TemporaryDirectory() as state, start_app(Path(state)) as port, ExitStack() as opened:
        wait_until_served(port)
        tabs = [opened.enter_context(Tab(app_url(port), "live")) for _ in range(count)]
        wait_until_warm(tabs[0])
        for tab in tabs[1:]:
            tab.run()
        capacity = measure_capacity(tabs[0])
        print(f"one tab: {capacity:.2f} requests/s, n = {CALIBRATED}", flush=True)
        for multiple in multiples:
            print(run_level(tabs, capacity, multiple, seconds).row, flush=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m evals.load", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--tabs", type=int, default=40)
    parser.add_argument("--seconds", type=float, default=30.0, help="how long each level lasts (%(default)g)")
    parser.add_argument("--multiples", type=float, nargs="+", default=[0.5, 1.0, 2.0, 4.0], help="of the capacity")
    options = parser.parse_args(arguments)
    measure(options.tabs, options.seconds, options.multiples)
    return 0


if __name__ == "__main__":
    run_command(main)
