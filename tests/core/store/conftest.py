"""Servers of DynamoDB for the whole run, started when the first test asks for them."""

from collections.abc import Iterator

import pytest
from botocore.config import Config

from core.store.aws import _CONFIG as CONFIG
from evals.benchmarks.servers import Server
from tests.core.store.servers import ENVIRONMENT, dynalite, ministack


@pytest.fixture(scope="session")
def dynalite_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    yield from running(dynalite(tmp_path_factory.mktemp("dynalite")))


@pytest.fixture(scope="session")
def ministack_server() -> Iterator[Server]:
    yield from running(ministack())


def running(server: Server) -> Iterator[Server]:
    server.start()
    yield server
    server.kill()


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """AWS credentials and region of the tests; the endpoint is still to be set.

    A server on a busy machine may take longer than ours would wait; the tests of faults set the real times again.
    """
    monkeypatch.setattr("core.store.aws._CONFIG", CONFIG.merge(Config(connect_timeout=10, read_timeout=10)))
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    return monkeypatch
