"""What the documents say can be done."""

import functools
import re
import shlex
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest

from core.settings import Settings
from tests.paths import ROOT

DOCUMENTS = [ROOT / "CONTRIBUTING.md", ROOT / "SECURITY.md", ROOT / "README.md", *sorted(ROOT.glob("[a-z]*/README.md"))]
PYTHON_COMMAND = re.compile(r"(?:\.venv/bin/)?python -m ((?:core|evals)[\w.]*)([^`\n|]*)")
MAKE_COMMAND = re.compile(r"(?:^ {4}|`)make (\w+)", re.MULTILINE)
LINK = re.compile(r"\]\((?!https?:)([^)#]+)")
RENAMED = {"ttl_s": "CONTEXT_TTL_S"}


def documented(pattern: re.Pattern[str]) -> set[tuple[str, ...]]:
    found = (match for path in DOCUMENTS for match in pattern.finditer(path.read_text(encoding="utf-8")))
    return {match.groups() for match in found}


def options_of(arguments: str) -> list[str]:
    return [word for word in shlex.split(arguments, comments=True) if word.startswith("--")]


@functools.cache
def ask_for_help(module: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", module, "--help"], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )


@pytest.mark.parametrize(("module", "arguments"), sorted(documented(PYTHON_COMMAND)))
def test_a_documented_command_exists_and_knows_its_options(module: str, arguments: str) -> None:
    shown = ask_for_help(module)
    assert shown.returncode == 0, shown.stderr
    assert all(option in shown.stdout for option in options_of(arguments))


@pytest.mark.parametrize("target", sorted(target for (target,) in documented(MAKE_COMMAND)))
def test_a_documented_make_target_exists(target: str) -> None:
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(), re.MULTILINE)


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_link_leads_somewhere(path: Path) -> None:
    missing = [link for link in LINK.findall(path.read_text(encoding="utf-8")) if not (path.parent / link).exists()]
    assert missing == []


def test_every_setting_is_documented() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    variables = [RENAMED.get(field.name, field.name.upper()) for field in fields(Settings)]
    assert [name for name in variables if f"| `{name}` |" not in text] == []
