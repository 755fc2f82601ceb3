from pathlib import Path

import pytest

from core.assistant import Assistant, Catalogue, load_catalogue
from core.settings import ROOT


@pytest.fixture(scope="session")
def shipped() -> Path:
    return ROOT / "data"


@pytest.fixture(scope="session")
def catalogue(shipped: Path) -> Catalogue:
    return load_catalogue(shipped)


@pytest.fixture(scope="session")
def assistant(catalogue: Catalogue) -> Assistant:
    return Assistant(catalogue)
