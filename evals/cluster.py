"""Batches beyond one machine: the tasks of `evals.engine` on Dask distributed (Rocklin 2015, "Dask: Parallel
Computation with Blocked Algorithms and Task Scheduling").

A library, because finding workers, moving tasks away from one that dies and handing errors back is a scheduler's whole
work, and one that runs already is of more use than one of our own. Dask runs what it is sent: use it in a network that
you trust, or with its TLS settings.
"""

import asyncio
import functools
import importlib.util
import logging
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from core.errors import ProjectError, RunError
from evals.engine import AHEAD, Engine, Model, Task, Wait, collect, work
from evals.results import Recognized

if TYPE_CHECKING:
    from distributed import Client, Future

LOCAL = "local:"
MAX_LOCAL = 64
ANSWER_WITHIN_S = 5
LOOK_EVERY_S = 15  # a worker that died is started again sooner than that


def count_local(address: str) -> int | None:
    """N where the address is "local:N", None where it is one of a scheduler.

    Raises:
        RunError: it is neither.
    """
    count = address.removeprefix(LOCAL)
    if count != address and count.isascii() and count.isdigit() and len(count) < 4 and 0 < int(count) <= MAX_LOCAL:
        return int(count)
    if count != address or "://" not in address:
        raise RunError(f"The cluster must be tcp://HOST:PORT, or local:N with N from 1 to {MAX_LOCAL}.")
    return None


@contextmanager
def open_cluster(address: str) -> Iterator[Engine]:
    """The engine of the scheduler at `address`, or of "local:N": a scheduler and N worker processes of its own.

    The workers of a scheduler run in a checkout of this project (`python -m distributed.cli.dask_worker ADDRESS`).
    Local ones listen on the loopback interface alone.

    Raises:
        RunError: the address is none, nothing answers there, or the work cannot be done there.
    """
    count = count_local(address)
    with _connect(address) if count is None else _open_local(count) as client:
        ahead = AHEAD * sum(client.nthreads().values())
        yield lambda model, tasks: collect(functools.partial(_submit, client, address, model), tasks, ahead)


@contextmanager
def _connect(address: str) -> "Iterator[Client]":
    from distributed import Client  # noqa: PLC0415 - takes a second

    _silence_logs()
    try:
        asyncio.run(_knock(address))
        client = Client(address, timeout=ANSWER_WITHIN_S)
    except (OSError, ValueError) as exc:
        raise RunError(f"No Dask scheduler answers at {address}; start one with `dask scheduler`.") from exc
    with client:
        _check_workers(client, address)
        yield client


async def _knock(address: str) -> None:
    """A client that finds nobody can block the next one while it is cleaned up, so ask before there is one."""
    from distributed.comm.core import connect  # noqa: PLC0415 - takes a second

    await (await connect(address, timeout=ANSWER_WITHIN_S)).close()


def _silence_logs() -> None:
    """What the library warns of becomes an error here. It sets the levels of its loggers when it is imported."""
    for name in ("asyncio", "tornado", *logging.root.manager.loggerDict):
        if name.split(".")[0] in ("asyncio", "tornado", "distributed"):
            logging.getLogger(name).setLevel(logging.CRITICAL)


def _check_workers(client: "Client", address: str) -> None:
    """A task that a worker cannot read ends the worker, and one that no worker takes is waited for without end."""
    try:
        client.wait_for_workers(1, timeout=ANSWER_WITHIN_S)
    except TimeoutError as exc:
        raise RunError(f"The Dask scheduler at {address} has no workers; {_start_workers(address)}.") from exc
    if None in client.run(importlib.util.find_spec, __package__).values():
        raise RunError(f"A worker of {address} does not find {__package__}; {_start_workers(address)}.")


@contextmanager
def _open_local(count: int) -> "Iterator[Client]":
    from distributed import Client, LocalCluster  # noqa: PLC0415 - takes a second

    _silence_logs()
    with _ignoring_ctrl_c():
        cluster = LocalCluster(
            n_workers=count,
            threads_per_worker=1,
            host="127.0.0.1",
            dashboard_address="127.0.0.1:0",
            silence_logs=logging.CRITICAL,
        )
    with cluster, Client(cluster) as client:
        yield client


@contextmanager
def _ignoring_ctrl_c() -> Iterator[None]:
    """Processes that start meanwhile go on ignoring it: in a terminal it reaches all, and this one ends the others."""
    if threading.current_thread() is not threading.main_thread():  # others may not set handlers, and get no Ctrl-C
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _submit(client: "Client", address: str, model: Model, task: Task) -> Wait:
    # pure=False: equal clips of two utterances are still two tasks.
    return functools.partial(_wait, client.submit(work, model, task, pure=False), address)


def _wait(future: "Future[Recognized]", address: str) -> Recognized:
    try:
        while True:
            try:
                recognized: Recognized = future.result(timeout=LOOK_EVERY_S)
            except TimeoutError:
                _check_workers(future.client, address)
            else:
                return recognized
    except ProjectError:
        raise
    except Exception as exc:  # whatever a worker or the connection to it can raise
        name = type(exc).__name__
        raise RunError(f"The cluster at {address} failed ({name}); start the same command again.") from exc


def _start_workers(address: str) -> str:
    return f"start them in a checkout of this project: python -m distributed.cli.dask_worker {address}"
