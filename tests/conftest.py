"""What several test files share: the real models, loaded once, and a real store on a clock that can be turned.

The packages that hold models are imported where a fixture asks for them, so that other tests start at once.
"""

import json
import os
import signal
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hypothesis
import pytest
from xdist.scheduler import LoadScopeScheduling

from core.settings import ROOT, Settings
from core.store.keys import RootKey
from core.store.sqlite import SqliteStore
from core.store.vault import Vault
from tests.contracts.store import TurnedClock

if TYPE_CHECKING:
    from core.context.embedding import Embedder
    from core.context.service import ContextService
    from core.conversation import Parts
    from core.speech.recognizer import Recognizer

hypothesis.settings.register_profile("shared machine", deadline=None)  # cores are shared: time says nothing
hypothesis.settings.load_profile("shared machine")

WORKER_LOADED_WITHIN_S = 120.0
SHARED = {
    "an app in a browser": ("tests/browser/",),
    "an app without one": ("tests/core/ui/",),
    "its parts": (
        "tests/core/test_conversation.py",
        "tests/core/test_hostile_context.py",
        "tests/core/test_scenario.py",
        "tests/evals/test_long_run.py",
    ),
}

# What a script starts in the background ignores Ctrl-C, and so would the commands that tests stop with it.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


class Together(LoadScopeScheduling):  # type: ignore[misc]  # it ships no types
    """Which tests stay in one process: those of a file, and those of files that load the same things for seconds."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return next((what for what, places in SHARED.items() if file.startswith(places)), file)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Together:
    return Together(config, log)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """In CI a skipped test is a failed one: it would hide what was not installed."""
    report = yield
    if report.skipped and os.environ.get("CI"):
        report.outcome = "failed"
        report.longrepr = f"skipped, which CI does not allow: {report.longrepr}"
    return report


@pytest.fixture(scope="session")
def recognizer() -> "Recognizer":
    """The packaged tiny.en."""
    from core.speech.recognizer import Recognizer

    return Recognizer.load("tiny.en", threads=2)


@pytest.fixture(scope="session")
def embedder() -> "Embedder":
    """The packaged all-MiniLM-L6-v2, in this process."""
    from core.context.embedding import Embedder

    return Embedder.load(Settings().embedding_model)


@pytest.fixture(scope="session")
def context_service() -> Iterator["ContextService"]:
    """One worker process with its model loaded. A test that ends its worker leaves the next one loaded."""
    from core.context.service import ContextService

    service = ContextService(Settings().embedding_model)
    assert service.wait_until_loaded(WORKER_LOADED_WITHIN_S) == "ready"
    yield service
    service.close()


@pytest.fixture(scope="session")
def store_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the store of `parts` lies."""
    return tmp_path_factory.mktemp("state") / "context.sqlite3"


@pytest.fixture(scope="session")
def parts(store_path: Path) -> Iterator["Parts"]:
    """The real parts: tiny.en, all-MiniLM-L6-v2 in its worker, the voice, and a store in a fresh folder."""
    from core.conversation import load_parts

    settings = Settings(threads=2, store=f"sqlite:{store_path}", root_key_file=store_path.with_name("root.key"))
    loaded = load_parts(settings)
    assert loaded.context.wait_until_loaded(WORKER_LOADED_WITHIN_S) == "ready"
    assert loaded.context.wait_until_prepared(WORKER_LOADED_WITHIN_S)
    yield loaded
    loaded.close()


@pytest.fixture(scope="session")
def scenario_dir() -> Path:
    """The shipped dialogue "Call Meg"."""
    return ROOT / "data" / "scenarios" / "call_meg"


@pytest.fixture(scope="session")
def scenario_clips(scenario_dir: Path) -> list[Path]:
    """The recordings of its user turns, in order."""
    turns = json.loads((scenario_dir / "scenario.json").read_text(encoding="utf-8"))["turns"]
    return [scenario_dir / turn["audio"] for turn in turns]


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock()


@pytest.fixture
def vault(tmp_path: Path, clock: TurnedClock) -> Iterator[Vault]:
    """A vault over an SQLite file of its own, whose interactions live five minutes of the clock."""
    store = SqliteStore(tmp_path / "context.sqlite3", clock)
    store.ensure_schema()
    yield Vault(store, RootKey.from_bytes(bytes(range(32))), ttl_s=300, now_ms=clock)
    store.close()
