"""`python -m evals.many_tabs`: a thousand tabs over the app's own socket. Does the app grow or leave anything behind?

One tab after another opens, says the sample's clips and closes. What the app and its recogniser hold in memory is
fitted with a line; open files and processes are counted at both ends. A closed tab is kept for a while in case that it
comes back: at the end that is waited for.
"""

import argparse
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from core.command import run_command
from core.speech.separate_recognizer import PROCESS
from evals.benchmarks.app_server import app_url, start_app, wait_until_served
from evals.benchmarks.growth import Held, find_child, look, tell_growth
from evals.benchmarks.tab import Tab
from evals.load import Request, ask, wait_until_warm

TURNS_EACH = 2
FORGOTTEN_S = 120.0  # a closed tab after 90 s
SAMPLES = 50  # of the memory, evenly spread


def visit(url: str) -> list[Request]:
    """One tab, from opening to closing."""
    with Tab(url, "live") as tab:
        tab.run()
        return [ask(tab) for _ in range(TURNS_EACH)]


def find_server(port: int) -> int:
    """The app's process."""
    return find_child(f"--server.port={port}")


def look_at_app(port: int, done: int) -> Held:
    """What the app on that port holds now."""
    return look(find_server(port), find_child(PROCESS), done)


def run_tabs(port: int, count: int) -> tuple[list[Held], int]:
    """What the app held along the way, and how many turns were answered.

    Raises:
        RunError: a page shows neither a text nor that it is busy.
    """
    url = app_url(port)
    every, answered = max(1, count // SAMPLES), 0
    held = [look_at_app(port, 0)]
    for number in range(1, count + 1):
        answered += sum(one.is_answered for one in visit(url))
        if number % every == 0:
            held.append(look_at_app(port, number))
    return held, answered


def main(arguments: Sequence[str] | None = None) -> int:
    """Run and print; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m evals.many_tabs", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--tabs", type=int, default=1_000)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as state, start_app(Path(state)) as port:
        wait_until_served(port)
        with Tab(app_url(port), "live") as first:
            wait_until_warm(first)
        held, answered = run_tabs(port, options.tabs)
        print(f"before the last tabs are forgotten: {held[-1].files} files, {held[-1].memory_mb:.0f} MB", flush=True)
        time.sleep(FORGOTTEN_S)
        held.append(look_at_app(port, options.tabs))
    print(f"{options.tabs} tabs, {answered} of {options.tabs * TURNS_EACH} turns answered; {tell_growth(held, 'tabs')}")
    return 0


if __name__ == "__main__":
    run_command(main)
