"""Real servers that speak DynamoDB and KMS, on loopback, for benchmarks and tests: dynalite and ministack."""

import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path

from core.errors import RunError
from core.settings import ROOT

DYNALITE = ROOT / ".cache" / "dynalite" / "node_modules" / "dynalite" / "cli.js"
MINISTACK = ROOT / ".cache" / "ministack" / "bin" / "python"
ANSWERS_WITHIN_S = 60.0

CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "us-east-1"}
"""What such a server asks for: anything."""


class Server:
    """One program that listens on loopback. It keeps its port over `kill` and `start`."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.port = port
        self._command = command
        self._environment = {**os.environ, **environment}
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it answers."""
        self._process = subprocess.Popen(  # noqa: S603 - programs of our own Makefile
            self._command, env=self._environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        end_s = time.monotonic() + ANSWERS_WITHIN_S
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > end_s:
                self.kill()
                raise RunError(f"{self._command[0]} does not start; try: make .cache/dynalite .cache/ministack")
            time.sleep(0.05)

    def kill(self) -> None:
        """End it at once, as a power cut would."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
            self._process = None

    def _answers(self) -> bool:
        try:
            urllib.request.urlopen(self.url, timeout=1.0).close()  # noqa: S310 - loopback
        except urllib.error.HTTPError:
            return True  # it has read the request: that it is none of DynamoDB's does not matter here
        except OSError:
            return False
        return True


def dynalite(folder: Path) -> Server:
    """Its tables lie in `folder` and survive a kill.

    Raises:
        RunError: it is not installed.
    """
    node = shutil.which("node")
    if node is None or not DYNALITE.exists():
        raise RunError("This needs Node.js and dynalite; run: make .cache/dynalite")
    port = free_port()
    address = ["--host", "127.0.0.1", "--port", str(port)]
    quick = ["--createTableMs", "5", "--deleteTableMs", "5"]
    return Server([node, str(DYNALITE), *address, "--path", str(folder), *quick], {}, port)


def ministack() -> Server:
    """DynamoDB with TTL and transactions, KMS, CloudFormation and IAM, all in memory.

    Raises:
        RunError: it is not installed.
    """
    if not MINISTACK.exists():
        raise RunError("This needs ministack; run: make .cache/ministack")
    port = free_port()
    environment = {"SERVICES": "dynamodb,kms,cloudformation,iam", "GATEWAY_PORT": str(port), "BIND_HOST": "127.0.0.1"}
    return Server([str(MINISTACK), "-m", "ministack"], environment, port)


def free_port() -> int:
    """A port on loopback that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
