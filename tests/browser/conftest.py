"""A real server on loopback and Debian's Chromium, whose microphone plays a file."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Page, sync_playwright

from tests.paths import ROOT

SERVED_WITHIN_S = 60
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--autoplay-policy=no-user-gesture-required",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
]


@pytest.fixture(scope="session")
def chromium() -> str:
    path = shutil.which("chromium")
    if path is None and not os.environ.get("CI"):
        pytest.skip("Chromium is not installed and may not be installed here (Debian: apt-get install chromium).")
    assert path is not None, "CI needs Chromium: `make test` installs it where it may."
    return path


@pytest.fixture(scope="session")
def app_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The app as `make demo` starts it."""
    with serve_app(tmp_path_factory.mktemp("state")) as url:
        yield url


@contextmanager
def serve_app(state: Path, **env: str) -> Iterator[str]:
    """The app on a free port, with a state folder of its own."""
    url = f"http://127.0.0.1:{(port := free_port())}"
    server = subprocess.Popen(
        [sys.executable, "-m", "streamlit", "run", "app.py", "--server.headless=true", f"--server.port={port}"],
        cwd=ROOT,
        env=os.environ
        | {"STORE": f"sqlite:{state / 'context.sqlite3'}", "ROOT_KEY_FILE": str(state / "root.key")}
        | env,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_until_served(f"{url}/_stcore/health")
        yield url
    finally:
        server.terminate()
        server.wait(20)


@pytest.fixture
def microphone(tmp_path: Path) -> Path:
    """The WAV file that Chromium's microphone plays, from its start each time the microphone is opened."""
    return tmp_path / "microphone.wav"


@pytest.fixture
def page(chromium: str, microphone: Path) -> Iterator[Page]:
    capture = f"--use-file-for-fake-audio-capture={microphone}%noloop"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=[*CHROMIUM_FLAGS, capture])
        yield browser.new_page(viewport={"width": 1280, "height": 900})
        browser.close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until_served(url: str) -> None:
    deadline_s = time.monotonic() + SERVED_WITHIN_S
    while time.monotonic() < deadline_s:
        try:
            with urllib.request.urlopen(url, timeout=1):  # noqa: S310 - our own server on loopback
                return
        except OSError:
            time.sleep(0.1)
    pytest.fail("the app's server did not start")
