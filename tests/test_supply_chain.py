"""What is installed: pinned by hash, without the faults that we know of, and under licences that may be used."""

import os
import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

from core.speech.audio import FFMPEG_VERSION
from core.store.sqlite_file import SQLITE_VERSION
from tests.paths import ROOT

PIN = re.compile(r"^([\w.-]+)(?:\[[\w,]+\])?==(\S+)", re.MULTILINE)
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
LOCKED = dict(PIN.findall(LOCK))
BY_MACHINE = {"torch"}  # has other files with CUDA than without
COPYLEFT = re.compile(r"\bA?GPL|GNU (Affero )?General Public", re.IGNORECASE)


def as_numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, re.findall(r"\d+", version)))


def test_each_requirement_is_locked_in_its_version() -> None:
    required = dict(PIN.findall((ROOT / "requirements.txt").read_text(encoding="utf-8")))
    assert len(required) > 20
    assert {name: version for name, version in required.items() if LOCKED.get(name) != version} == {
        name: required[name] for name in BY_MACHINE
    }


def test_each_locked_package_has_hashes_and_nothing_else_is_in_the_lock() -> None:
    entries = re.split(r"\n(?=\S)", LOCK.strip())
    assert len(entries) == len(LOCKED) > 100
    shape = re.compile(r"[\w.-]+==\S+( \\\n    --hash=sha256:[0-9a-f]{64})+")
    assert [entry.splitlines()[0] for entry in entries if not shape.fullmatch(entry)] == []


@pytest.mark.parametrize("name", sorted(LOCKED))
def test_what_is_installed_is_what_is_locked(name: str) -> None:
    assert metadata.version(name) == LOCKED[name]


@pytest.mark.parametrize("name", sorted(LOCKED))
def test_nothing_that_runs_is_under_a_strong_copyleft_licence(name: str) -> None:
    found = metadata.metadata(name)
    classifiers = [line for line in found.get_all("Classifier") or [] if line.startswith("License ::")]
    licences = [*(found.get_all("License-Expression") or []), *classifiers]
    assert [line for line in licences if COPYLEFT.search(line) and " OR " not in line] == []


@pytest.mark.parametrize(("version", "least"), [(FFMPEG_VERSION, (8, 1, 2)), (SQLITE_VERSION, (3, 51, 3))])
def test_the_bundled_libraries_have_the_fixes_that_we_rely_on(version: str, least: tuple[int, ...]) -> None:
    """SQLite before 3.51.3 can lose what was written to a WAL file; FFmpeg's minor releases are its security fixes."""
    assert as_numbers(version) >= least


USE_OF_ONNX = """
import numpy as np
import {first}
from core.speech.speaker import SpeakerEncoder

assert SpeakerEncoder.load(threads=1).embed(np.zeros(16_000, np.float32)).shape == (2, 256)
"""


@pytest.mark.parametrize("first", ["core", "evals.corpus.kokoro"])
def test_no_library_keeps_a_record_of_what_was_run_for_its_makers(first: str, tmp_path: Path) -> None:
    """ONNX Runtime would write a device's name and its events under the home folder, until it can send them."""
    plain = {"HOME": str(tmp_path), "PATH": os.environ["PATH"]}  # with CI=true it keeps still by itself
    code = USE_OF_ONNX.format(first=first)
    subprocess.run([sys.executable, "-c", code], check=True, env=plain, cwd=ROOT, timeout=120)
    assert list(tmp_path.rglob("*")) == []
