"""The real parts, loaded once: tiny.en, all-MiniLM-L6-v2 in its worker, the voice, and a store in a fresh folder."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.conversation import Parts, load_parts
from core.settings import Settings

WORKER_WITHIN_S = 120


@pytest.fixture(scope="session")
def store_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("state") / "context.sqlite3"


@pytest.fixture(scope="session")
def parts(store_path: Path) -> Iterator[Parts]:
    settings = Settings(threads=2, store=f"sqlite:{store_path}", root_key_file=store_path.with_name("root.key"))
    loaded = load_parts(settings)
    assert loaded.context.wait_until_loaded(WORKER_WITHIN_S) == "ready"
    assert loaded.context.wait_until_prepared(WORKER_WITHIN_S)
    yield loaded
    loaded.close()
