"""What imports what: the domain loads no vendor, and the layers hold."""

import subprocess
import sys
from pathlib import Path

import pytest

from core.settings import ROOT

HEAVY = {
    "altair",
    "boto3",
    "botocore",
    "faster_whisper",
    "hibari",
    "sentence_transformers",
    "streamlit",
    "torch",
    "transformers",
}
VENDORS = HEAVY | {
    "apsw",
    "av",
    "cryptography",
    "ctranslate2",
    "numpy",
    "onnxruntime",
    "pandas",
    "rapidfuzz",
    "sounddevice",
}


def loaded_by(module: str) -> set[str]:
    """The top-level modules that a fresh interpreter holds after importing `module`."""
    code = f"import sys; import {module}; print(*{{name.partition('.')[0] for name in sys.modules}})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    return set(done.stdout.split())


@pytest.mark.parametrize(
    "module",
    ["core.dialogue", "core.errors", "core.settings", "core.timeline", "core.models", "core.store.interface"],
)
def test_the_inner_modules_load_no_vendor(module: str) -> None:
    loaded = loaded_by(module)
    assert "core" in loaded
    assert not VENDORS & loaded


@pytest.mark.parametrize("module", ["core.conversation", "core.context.worker"])
def test_wiring_the_parts_loads_no_model_library(module: str) -> None:
    loaded = loaded_by(module)
    assert "numpy" in loaded
    assert not HEAVY & loaded


def test_imports_run_one_way() -> None:
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stdout
