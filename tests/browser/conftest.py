"""A real server on loopback and Debian's Chromium, whose microphone plays a file.

What is shared ends with this package: Playwright keeps an event loop running in the tests' thread, where other
tests run theirs.
"""

import os
import re
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
from playwright.sync_api import Browser, Page, Playwright, sync_playwright

from tests.paths import DATA, ROOT

SERVED_WITHIN_S = 60
NOWHERE = Path(os.devnull)
AWAY = "app.test"  # a name that leads here and is no secure origin, as another machine's would be
LOCAL_URLS = re.compile(rf"(https?|ws)://(127\.0\.0\.1|localhost|{re.escape(AWAY)})[:/]|(blob|data|file|about):")
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--autoplay-policy=no-user-gesture-required",
]
FAKE_DEVICE = ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]


@pytest.fixture(scope="package")
def chromium() -> str:
    path = shutil.which("chromium")
    if path is None and not os.environ.get("CI"):
        pytest.skip("Chromium is not installed and may not be installed here (Debian: apt-get install chromium).")
    assert path is not None, "CI needs Chromium: `make test` installs it where it may."
    return path


@pytest.fixture(scope="package")
def app_state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the app that all tests share keeps its two tables."""
    return tmp_path_factory.mktemp("state")


@pytest.fixture(scope="package")
def app_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder that a test may write to: the demo's files, without sets and runs."""
    ignored = shutil.ignore_patterns("background", "followups", "harm", "runs", "scenarios", "screenshots", "my_turns")
    return Path(shutil.copytree(DATA, tmp_path_factory.mktemp("app") / "data", ignore=ignored))


@pytest.fixture(scope="package")
def app_log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All that this app says, at its most talkative."""
    return tmp_path_factory.mktemp("log") / "app.log"


@pytest.fixture(scope="package")
def app_url(app_state: Path, app_data: Path, app_log: Path) -> Iterator[str]:
    """The app as `make demo` starts it."""
    with serve_app(app_state, app_log, DATA_DIR=str(app_data)) as url:
        yield url


@contextmanager
def serve_app(state: Path, log: Path = NOWHERE, **env: str) -> Iterator[str]:
    """The app on a free port, with a state folder of its own."""
    url = f"http://127.0.0.1:{(port := free_port())}"
    with log.open("wb") as output:
        server = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "streamlit",
                "run",
                "app.py",
                "--server.headless=true",
                "--logger.level=debug",
                f"--server.port={port}",
                f"--browser.serverAddress={AWAY}",
                *(f"--server.allowedHosts={host}" for host in ("127.0.0.1", "localhost", AWAY)),
            ],
            cwd=ROOT,
            env=os.environ
            | {"STORE": f"sqlite:{state / 'context.sqlite3'}", "ROOT_KEY_FILE": str(state / "root.key")}
            | env,
            stdout=output,
            stderr=output,
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


@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    """Its driver: there can be one in a process."""
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="package")
def browser(playwright: Playwright, chromium: str) -> Iterator[Browser]:
    """A browser without a microphone, for all tests that need none."""
    with launch(playwright, chromium) as launched:
        yield launched


@pytest.fixture
def tab(browser: Browser) -> Iterator[Page]:
    """A tab of a fresh profile."""
    with open_tab(browser) as page:
        yield page


@pytest.fixture
def page(playwright: Playwright, chromium: str, microphone: Path) -> Iterator[Page]:
    """A tab of a browser whose microphone plays a file."""
    capture = f"--use-file-for-fake-audio-capture={microphone}%noloop"
    with launch(playwright, chromium, *FAKE_DEVICE, capture) as launched, open_tab(launched) as page:
        yield page


@contextmanager
def launch(playwright: Playwright, chromium: str, *flags: str) -> Iterator[Browser]:
    """A browser of its own."""
    rules = f"--host-resolver-rules=MAP {AWAY} 127.0.0.1"
    browser = playwright.chromium.launch(executable_path=chromium, args=[*CHROMIUM_FLAGS, rules, *flags])
    yield browser
    browser.close()


@contextmanager
def open_tab(browser: Browser) -> Iterator[Page]:
    """A tab; it is an error if it, or another of its profile, has asked for something that is not on this machine, or
    for what the app's own policy does not let it have.
    """
    asked: list[str] = []
    told: list[str] = []
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.on("request", lambda request: asked.append(request.url))
    context.on("page", lambda page: page.on("websocket", lambda socket: asked.append(socket.url)))
    context.on("console", lambda message: told.append(message.text))
    yield context.new_page()
    context.close()
    assert [url for url in asked if not LOCAL_URLS.match(url)] == []
    assert [text for text in told if "Content Security Policy" in text] == []


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
