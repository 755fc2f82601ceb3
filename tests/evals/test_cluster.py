"""The same work on Dask: real schedulers and workers on the loopback interface."""

import json
import logging
import shutil
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from distributed import LocalCluster

from core.errors import RunError
from core.settings import ROOT
from evals.cluster import count_local, open_cluster
from evals.run import main
from tests.commands import exit_status
from tests.evals.builders import untimed, write_set

SHIPPED = ROOT / "data" / "followups"
COUNT = 4


@pytest.fixture(scope="module")
def small_set(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("set")
    text = (SHIPPED / "manifest.jsonl").read_text(encoding="utf-8")
    lines = [json.loads(line) for line in text.splitlines()[:COUNT]]
    for line in lines:
        (folder / line["audio_filepath"]).parent.mkdir(exist_ok=True)
        shutil.copy(SHIPPED / line["audio_filepath"], folder / line["audio_filepath"])
    return write_set(folder, lines)


@pytest.fixture(scope="module")
def plain(small_set: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run of one process."""
    folder = tmp_path_factory.mktemp("plain")
    assert main(["--manifest", str(small_set), "--out", str(folder)]) == 0
    return folder


def test_two_local_workers_write_what_one_process_writes(small_set: Path, plain: Path, tmp_path: Path) -> None:
    assert main(["--manifest", str(small_set), "--out", str(tmp_path), "--cluster", "local:2"]) == 0
    assert untimed(tmp_path) == untimed(plain)
    for name in ("run.json", "references.jsonl"):
        assert (tmp_path / name).read_bytes() == (plain / name).read_bytes()


def test_a_scheduler_that_runs_already_goes_on_with_a_run(
    small_set: Path, plain: Path, tmp_path: Path, scheduler: LocalCluster
) -> None:
    shutil.copytree(plain, tmp_path / "run")
    path = tmp_path / "run" / "hypotheses.jsonl"
    path.write_bytes(path.read_bytes()[:-20])
    command = ["--manifest", str(small_set), "--out", str(tmp_path / "run")]
    assert main([*command, "--cluster", scheduler.scheduler_address]) == 0
    assert untimed(tmp_path / "run") == untimed(plain)


def test_a_broken_clip_is_told_by_the_worker_that_met_it(
    small_set: Path, tmp_path: Path, scheduler: LocalCluster, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(small_set.parent, tmp_path / "set")
    next((tmp_path / "set" / "audio").iterdir()).write_bytes(b"no sound")
    command = ["--manifest", str(tmp_path / "set" / "manifest.jsonl"), "--out", str(tmp_path / "run")]
    assert exit_status(main, [*command, "--arms", "without_context", "--cluster", scheduler.scheduler_address]) == 1
    error = capsys.readouterr().err
    assert "has no usable audio" in error
    assert error.count("\n") == 1


@pytest.fixture
def scheduler() -> Iterator[LocalCluster]:
    options = {"threads_per_worker": 2, "host": "127.0.0.1", "dashboard_address": "127.0.0.1:0"}
    with LocalCluster(n_workers=1, silence_logs=logging.CRITICAL, **options) as cluster:
        yield cluster


def test_local_workers_listen_on_the_loopback_interface_alone() -> None:
    before = listening_hosts()
    with open_cluster("local:1"):
        opened = listening_hosts() - before
    assert opened
    assert {host for host, _ in opened} == {"0100007F"}


def listening_hosts() -> set[tuple[str, str]]:
    """Addresses of this machine's listening sockets, in the kernel's hexadecimal, with their ports."""
    rows = [row.split() for name in ("tcp", "tcp6") for row in Path(f"/proc/net/{name}").read_text().splitlines()[1:]]
    return {(row[1].split(":")[0], row[1].split(":")[1]) for row in rows if row[3] == "0A"}


@pytest.mark.parametrize(
    "address", ["", "local", "local:", "local:0", "local:x", "local:-1", "local:\u00b2", "local:65", "localhost", "a:1"]
)
def test_what_is_no_address_is_told(address: str) -> None:
    with pytest.raises(RunError, match=r"must be tcp://HOST:PORT, or local:N"):
        count_local(address)


@pytest.mark.parametrize(("address", "count"), [("local:1", 1), ("local:12", 12), ("tcp://host:1", None)])
def test_a_local_address_holds_its_number_of_workers(address: str, count: int | None) -> None:
    assert count_local(address) == count


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:{port}", "tcp://", "tcp://127.0.0.1", "nonsense://x:1"])
def test_a_scheduler_that_does_not_answer_is_told_in_one_line_within_seconds(
    small_set: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], address: str
) -> None:
    start_s = time.monotonic()
    address = address.format(port=unused_port())
    assert exit_status(main, ["--manifest", str(small_set), "--out", str(tmp_path), "--cluster", address]) == 1
    assert capfd.readouterr().err == f"No Dask scheduler answers at {address}; start one with `dask scheduler`.\n"
    assert time.monotonic() - start_s < 20
    assert not (tmp_path / "run.json").exists()


def unused_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def test_a_scheduler_without_workers_is_told() -> None:
    options = {"host": "127.0.0.1", "dashboard_address": "127.0.0.1:0", "silence_logs": logging.CRITICAL}
    with (
        LocalCluster(n_workers=0, **options) as cluster,
        pytest.raises(RunError, match="has no workers; start them"),
        open_cluster(cluster.scheduler_address),
    ):
        pass
