"""The app as its own process on loopback, as `make demo` starts it, for measurements and tests."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from core.errors import RunError
from core.settings import ROOT
from evals.benchmarks.servers import free_port

SERVED_WITHIN_S = 60.0
NOWHERE = Path(os.devnull)
STREAMLIT = ("-m", "streamlit")


@contextmanager
def start_app(state: Path, log: Path = NOWHERE, *options: str, program: Sequence[str] = STREAMLIT) -> Iterator[int]:
    """The app on a free port, with a state folder of its own; what it says goes to `log`.

    program: what Python is to run in place of Streamlit's command.
    """
    port = free_port()
    environment = {"STORE": f"sqlite:{state / 'context.sqlite3'}", "ROOT_KEY_FILE": str(state / "root.key")}
    arguments = [*program, "run", "app.py", "--server.headless=true", f"--server.port={port}", *options]
    with log.open("wb") as output:
        server = subprocess.Popen(  # noqa: S603 - a list of arguments, no shell
            [sys.executable, *arguments], cwd=ROOT, env=os.environ | environment, stdout=output, stderr=output
        )
    try:
        yield port
    finally:
        server.terminate()
        server.wait(20)


def app_url(port: int) -> str:
    """Where it is."""
    return f"http://127.0.0.1:{port}"


def wait_until_served(port: int) -> None:
    """Until the port takes connections.

    Raises:
        RunError: it never does.
    """
    deadline_s = time.monotonic() + SERVED_WITHIN_S
    while time.monotonic() < deadline_s:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise RunError("The app's server did not start.")
