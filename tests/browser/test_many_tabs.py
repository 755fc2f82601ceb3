"""The app as its own process, over its own socket: who may open it, what it listens on, and twenty tabs at once.

Each tab uploads a sentence of its own; what is heard there, and the file's name, may appear in no other tab, in no file
of the store and in no line of the log.
"""

import http.client
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest
import requests

from core.errors import RunError
from core.speech.audio import MAX_BYTES
from core.speech.voice import Voice
from core.ui.server import HEADERS, POLICY
from evals.benchmarks.tab import Tab
from evals.load import run_level
from evals.many_tabs import TURNS_EACH, find_server, run_tabs
from tests.core.ui.served import LOADED_WITHIN_S

TABS = 20
WORDS = (
    "walrus", "trombone", "cactus", "crocodile", "pumpkin", "harpoon", "biscuit", "dolphin", "umbrella", "volcano",
    "penguin", "helicopter", "cinnamon", "penalty", "saxophone", "cathedral", "mosquito", "avalanche", "parliament",
    "tornado",
)  # fmt: skip


@dataclass(frozen=True)
class App:
    port: int
    state: Path
    log: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@pytest.fixture(scope="module")
def app(app_url: str, app_state: Path, app_log: Path) -> App:
    """The one that the browser's tests use as well."""
    port = urlsplit(app_url).port
    assert port is not None
    return App(port, app_state, app_log)


@pytest.fixture(scope="module")
def warm(app: App) -> App:
    """The models are loaded."""
    with Tab(app.url, "live") as tab:
        end_s = time.monotonic() + LOADED_WITHIN_S
        while tab.find("button", "Use the clip") is None:
            assert time.monotonic() < end_s, "the models were never loaded"
            time.sleep(0.5)
            tab.run()
    return app


def shake_hands(port: int, host: str, origin: str) -> int:
    """The status that the app's socket answers to a page from `origin` which knows the app as `host`."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    key = "dGhlIHNhbXBsZSBub25jZQ=="
    upgrade = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Key": key, "Sec-WebSocket-Version": "13"}
    connection.request("GET", "/_stcore/stream", headers={"Host": host, "Origin": origin, **upgrade})
    status = connection.getresponse().status
    connection.close()
    return status


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost"])
def test_a_page_of_the_app_opens_its_socket(app: App, name: str) -> None:
    assert shake_hands(app.port, f"{name}:{app.port}", f"http://{name}:{app.port}") == 101


@pytest.mark.parametrize("origin", ["http://evil.example", "https://127.0.0.1.evil.example", "null"])
def test_a_page_from_elsewhere_cannot(app: App, origin: str) -> None:
    assert shake_hands(app.port, f"127.0.0.1:{app.port}", origin) == 403


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8501", "127.0.0.1.evil.example"])
def test_nor_can_a_page_whose_name_was_made_to_lead_here(app: App, host: str) -> None:
    assert shake_hands(app.port, host, f"http://{host}") == 400
    assert requests.get(app.url, headers={"Host": host}, timeout=60).status_code == 400


@pytest.mark.parametrize("path", ["", "live", "static/nothing.js", "_stcore/health"])
def test_every_answer_says_what_a_browser_may_do_with_it(app: App, path: str) -> None:
    answer = requests.get(f"{app.url}/{path}", timeout=60)
    assert {name: answer.headers[name] for name in HEADERS} == HEADERS
    assert "unsafe-inline" not in POLICY["script-src"]


def test_an_upload_without_the_tabs_token_is_refused(app: App) -> None:
    answer = requests.put(f"{app.url}/_stcore/upload_file/any/any", files={"file": b"x"}, timeout=60)
    assert answer.status_code == 403


def test_nothing_listens_beyond_loopback(warm: App) -> None:
    server = psutil.Process(find_server(warm.port))
    processes = [server, *server.children(recursive=True)]
    addresses = {
        connection.laddr.ip
        for process in processes
        for connection in process.net_connections("inet")
        if connection.status == psutil.CONN_LISTEN or not connection.raddr
    }
    assert addresses == {"127.0.0.1"}


@pytest.mark.parametrize(
    "path", ["/../../etc/passwd", "/..%2f..%2fetc/passwd", "/media/..%2f..%2fapp.py", "/_stcore/nothing", "/app.py"]
)
def test_no_path_leads_to_a_file_of_the_server(app: App, path: str) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", app.port, timeout=60)
    connection.request("GET", path)
    body = connection.getresponse().read()
    connection.close()
    for secret in (b"root:", b"open_pages", b"Traceback", str(app.state).encode()):
        assert secret not in body


def say(tab: Tab, name: str, data: bytes) -> list[str]:
    """What is heard, or what is wrong; who is told to wait a few seconds tries again."""
    tab.run()
    tab.choose("Clip from", "File")
    tab.upload(name, data)
    while any("Too many are speaking" in error for error in tab.errors()):
        time.sleep(1.0)
        tab.upload(name, data)
    return [*tab.texts(), *tab.errors()]


@pytest.mark.parametrize(
    "name",
    ["../../../etc/passwd.wav", "x" * 300 + ".wav", "..\\..\\x.wav", "=cmd|' /C calc'!A0.wav", "<b>.wav"],
)
def test_a_files_name_is_never_used(warm: App, name: str) -> None:
    with Tab(warm.url, "live") as tab:
        assert "no WAV, FLAC, MP3 or OGG" in say(tab, name, b"\x89PNG\r\n\x1a\n")[-1]


@pytest.mark.parametrize("name", ["canary\0.wav", "../../etc/canary", "canary.svg"])
def test_what_no_browser_would_send_is_refused_without_a_word_about_it(warm: App, name: str) -> None:
    """The uploader takes names with the four endings only, and Streamlit tells nobody what it has against others."""
    with Tab(warm.url, "live") as tab:
        said = say(tab, name, b"\x89PNG\r\n\x1a\n")
        assert "redacted" in said[-1]
        assert "canary" not in "".join(said)
    with Tab(warm.url, "live") as another:
        another.run()
        assert another.errors() == []


def test_a_file_over_the_limit_is_refused_by_the_server(warm: App) -> None:
    with Tab(warm.url, "live") as tab, pytest.raises(RunError, match="refused: 413"):
        say(tab, "large.wav", bytes(MAX_BYTES + 1_000_000))


def test_the_load_command_counts_what_is_answered(warm: App) -> None:
    with ExitStack() as tabs:
        opened = [tabs.enter_context(Tab(warm.url, "live")) for _ in range(2)]
        for tab in opened:
            tab.run()
        level = run_level(opened, capacity=0.5, multiple=2.0, seconds=3.0)
    assert len(level.requests) + level.unasked == 3
    assert any(one.is_answered for one in level.requests)
    assert level.row.startswith("   2 x capacity: goodput ")


def test_tabs_that_come_and_go_leave_no_process_behind(warm: App) -> None:
    held, answered = run_tabs(warm.port, 3)
    assert answered == 3 * TURNS_EACH
    assert [one.done for one in held] == [0, 1, 2, 3]
    assert held[-1].processes <= held[0].processes + 1  # one may be decoding


def test_twenty_tabs_at_once_see_nothing_of_each_other(warm: App) -> None:
    voice = Voice()
    clips = [voice.speak(f"My secret word is {word}.").wav for word in WORDS]
    assert len(set(WORDS)) == TABS
    with ExitStack() as tabs, ThreadPoolExecutor(TABS) as pool:
        opened = [tabs.enter_context(Tab(warm.url, "live")) for _ in WORDS]
        names = [f"{word}-canary.wav" for word in WORDS]
        shown = list(pool.map(say, opened, names, clips))
        received = [bytes(tab.received).lower() for tab in opened]
    heard = {word for word, texts in zip(WORDS, shown, strict=True) if word in " ".join(texts).lower()}
    assert len(heard) > TABS // 2, shown
    for number, word in enumerate(WORDS):
        seen_by = [other for other, data in enumerate(received) if word.encode() in data]
        assert seen_by in ([number], []), (word, seen_by)
    files = b"".join(path.read_bytes() for path in warm.state.iterdir()).lower()
    log = warm.log.read_bytes().lower()
    assert [word for word in WORDS if word.encode() in files or word.encode() in log] == []
