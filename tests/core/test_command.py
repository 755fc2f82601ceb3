"""How commands end when their reader goes, their output is full, or somebody presses Ctrl-C."""

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.paths import ROOT

HARM = "data/runs/harm"
LOAD = ["--interactions-per-second", "10", "--events", "6", "--item-bytes", "2000", "--follow-up-rate", "0.1"]
COMMANDS = {
    "score": ["evals.score", HARM],
    "export": ["evals.export", HARM, "--format", "csv", "--out", "/dev/stdout"],
    "plan": ["core.store", "plan", *LOAD],
}
WAITING = "import sys, time; print('ready', flush=True); time.sleep(60)"


def start(command: Sequence[str], stdout: int) -> "subprocess.Popen[str]":
    return subprocess.Popen(command, cwd=ROOT, stdout=stdout, stderr=subprocess.PIPE, text=True)


def as_command(code: str) -> list[str]:
    return [sys.executable, "-c", f"from core.command import run_command\ndef main():\n    {code}\nrun_command(main)"]


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_a_full_disk_is_one_line(command: list[str]) -> None:
    full = os.open("/dev/full", os.O_WRONLY)
    process = start([sys.executable, "-m", *command], full)
    os.close(full)
    _, said = process.communicate(timeout=120)
    assert process.returncode == 1
    assert said.count("\n") == 1
    assert "No space left on device" in said
    assert Path("/dev/full").is_char_device()  # written to, and still there


@pytest.mark.parametrize("command", [COMMANDS["score"], COMMANDS["plan"]], ids=["score", "plan"])
def test_a_reader_that_has_seen_enough_is_no_error(command: list[str]) -> None:
    reader, writer = os.pipe()
    process = start([sys.executable, "-m", *command], writer)
    os.close(writer)
    os.close(reader)
    _, said = process.communicate(timeout=120)
    assert (process.returncode, said) == (128 + signal.SIGPIPE, "")


def test_ctrl_c_is_one_line() -> None:
    process = start(as_command(WAITING), subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert (process.returncode, said) == (128 + signal.SIGINT, "Stopped.\n")


@pytest.mark.parametrize(
    ("code", "status", "said"),
    [
        ("return 0", 0, ""),
        ("return 3", 3, ""),
        ("from core.errors import RunError; raise RunError('There is no run.')", 1, "There is no run.\n"),
        ("open('no/such/file')", 1, "no/such/file cannot be read or written: No such file or directory.\n"),
    ],
)
def test_other_endings(code: str, status: int, said: str) -> None:
    process = start(as_command(code), subprocess.PIPE)
    assert (process.communicate(timeout=60), process.returncode) == (("", said), status)
