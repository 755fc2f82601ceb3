"""Real servers that speak DynamoDB and KMS, on loopback: dynalite (npm, on disk) and ministack (PyPI, in memory)."""

import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from core.settings import ROOT
from core.store.dynamodb_tables import Tables

DYNALITE = ROOT / ".cache" / "dynalite" / "node_modules" / "dynalite" / "cli.js"
MINISTACK = ROOT / ".cache" / "ministack" / "bin" / "python"
ANSWERS_WITHIN_S = 60.0

ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_REGION": "us-east-1",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
}
"""What boto3's standard chain finds in the tests, whatever the machine has; the endpoint is set by each fixture."""


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
        self._process = subprocess.Popen(
            self._command, env=self._environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        end_s = time.monotonic() + ANSWERS_WITHIN_S
        while not self._answers():
            assert self._process.poll() is None, f"{self._command[0]} ended with {self._process.returncode}"
            assert time.monotonic() < end_s, f"{self._command[0]} does not answer"
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
    """Its tables lie in `folder`, and survive a kill."""
    node = shutil.which("node")
    if node is None or not DYNALITE.exists():
        pytest.skip("needs dynalite: make .cache/dynalite")
    port = free_port()
    address = ["--host", "127.0.0.1", "--port", str(port)]
    quick = ["--createTableMs", "5", "--deleteTableMs", "5"]
    return Server([node, str(DYNALITE), *address, "--path", str(folder), *quick], {}, port)


def ministack() -> Server:
    """DynamoDB with TTL and transactions, and KMS."""
    if not MINISTACK.exists():
        pytest.skip("needs ministack: make .cache/ministack")
    port = free_port()
    environment = {"SERVICES": "dynamodb,kms", "GATEWAY_PORT": str(port), "BIND_HOST": "127.0.0.1"}
    return Server([str(MINISTACK), "-m", "ministack"], environment, port)


def unique_tables() -> Tables:
    """Two tables of one test's own."""
    name = uuid.uuid4().hex[:12]
    return Tables(f"events-{name}", f"context-data-{name}")


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
