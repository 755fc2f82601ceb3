"""`python -m evals.benchmarks.first_paint`: how long the app takes from its start, as a browser sees it.

Started anew for each repetition: until the server answers, from there until the first page shows its scene, and until
the first live transcript of the sample clip stands on the Live page. Needs Playwright (a development package) and
Chromium.
"""

import argparse
import shutil
import statistics
import tempfile
import time
from pathlib import Path

from core.command import run_command
from core.errors import RunError
from evals.benchmarks.app_server import app_url, start_app, wait_until_served

DRAWN_WITHIN_MS = 120_000


def measure_once() -> tuple[float, float, float]:
    """Seconds: start to served, served to the first scene, start to the first live transcript."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - a development package

    path = shutil.which("chromium")
    if path is None:
        raise RunError("Chromium is not installed; on Debian: apt-get install chromium.")
    with tempfile.TemporaryDirectory() as state, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page()
        began_s = time.perf_counter()
        with start_app(Path(state)) as port:
            wait_until_served(port)
            served_s = time.perf_counter()
            page.goto(app_url(port))
            page.get_by_text("Precomputed on").wait_for(timeout=DRAWN_WITHIN_MS)
            painted_s = time.perf_counter()
            page.get_by_role("link", name="Live").click()
            page.get_by_role("button", name="Use the clip").click(timeout=DRAWN_WITHIN_MS)
            page.get_by_text("Live, decoded just now").wait_for(timeout=DRAWN_WITHIN_MS)
            heard_s = time.perf_counter()
        browser.close()
    return served_s - began_s, painted_s - served_s, heard_s - began_s


def main() -> int:
    """Print the medians and all values."""
    parser = argparse.ArgumentParser(prog="python -m evals.benchmarks.first_paint", description=main.__doc__)
    parser.add_argument("--repeat", type=int, default=3, help="how often (%(default)s)")
    runs = [measure_once() for _ in range(parser.parse_args().repeat)]
    names = ("start to served", "served to first scene", "start to first live transcript")
    for name, values in zip(names, zip(*runs, strict=True), strict=True):
        print(f"{name}: median {statistics.median(values):.2f} s of {', '.join(f'{value:.2f}' for value in values)}")
    return 0


if __name__ == "__main__":
    run_command(main)
