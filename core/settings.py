"""One frozen object, read once from the environment; every value is checked here, before anything is loaded."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from core.errors import SettingsError

ROOT = Path(__file__).resolve().parent.parent
MAX_TTL_S = 7 * 24 * 3600
MAX_THREADS = 64
CONTEXT_MEMORY_MB = 1500  # about twice what a worker holds with its model
MIN_MEMORY_MB, MAX_MEMORY_MB = 100, 1_000_000
CONTEXT_MARGIN_MS = 50
MAX_MARGIN_MS = 10_000
MAX_DIGITS = 10  # more than any of the numbers has; int() itself refuses thousands


@dataclass(frozen=True, slots=True)
class Settings:
    """What can be set. Environment variables are named beside each field.

    model: a packaged name ("tiny.en"), a faster-whisper name or a folder (MODEL).
    embedding_model: "all-MiniLM-L6-v2" (packaged), a sentence-transformers name or a folder (EMBEDDING_MODEL).
    threads: CPU threads of the recogniser (THREADS).
    store: "sqlite:PATH" (STORE).
    root_key_file: the key that wraps all data keys, made on first start (ROOT_KEY_FILE).
    ttl_s: how long context is kept, seconds (CONTEXT_TTL_S).
    context_memory_mb: what the context's worker, and its spare, may each hold in memory (CONTEXT_MEMORY_MB).
    context_margin_ms: how long before the reply ends the context has to be ready (CONTEXT_MARGIN_MS).
    data_dir: address book, devices, places, artists, scenarios (DATA_DIR).
    """

    model: str = "tiny.en"
    embedding_model: str = "all-MiniLM-L6-v2"
    threads: int = field(default_factory=lambda: min(os.cpu_count() or 1, 4))
    store: str = f"sqlite:{ROOT / '.state' / 'context.sqlite3'}"
    root_key_file: Path = ROOT / ".state" / "root.key"
    ttl_s: int = 300
    context_memory_mb: int = CONTEXT_MEMORY_MB
    context_margin_ms: int = CONTEXT_MARGIN_MS
    data_dir: Path = ROOT / "data"

    @classmethod
    def from_env(cls, env: Mapping[str, str] = os.environ) -> "Settings":
        """Read the variables that are set and not empty; the others keep their defaults.

        Raises:
            SettingsError: a value cannot be used; the message names the variable.
        """
        default = cls()
        return cls(
            model=env.get("MODEL") or default.model,
            embedding_model=env.get("EMBEDDING_MODEL") or default.embedding_model,
            threads=_whole_number(env, "THREADS", default.threads, 1, MAX_THREADS),
            store=_store(env.get("STORE") or default.store),
            root_key_file=Path(env.get("ROOT_KEY_FILE") or default.root_key_file),
            ttl_s=_whole_number(env, "CONTEXT_TTL_S", default.ttl_s, 1, MAX_TTL_S),
            context_memory_mb=_whole_number(
                env, "CONTEXT_MEMORY_MB", default.context_memory_mb, MIN_MEMORY_MB, MAX_MEMORY_MB
            ),
            context_margin_ms=_whole_number(env, "CONTEXT_MARGIN_MS", default.context_margin_ms, 0, MAX_MARGIN_MS),
            data_dir=_folder("DATA_DIR", Path(env.get("DATA_DIR") or default.data_dir)),
        )


def _whole_number(env: Mapping[str, str], name: str, default: int, low: int, high: int) -> int:
    text = env.get(name)
    if not text:
        return default
    is_number = text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS
    if not is_number or not low <= int(text) <= high:
        raise SettingsError(f"{name} must be a whole number from {low} to {high}.")
    return int(text)


def _folder(name: str, path: Path) -> Path:
    if not path.is_dir():
        raise SettingsError(f"{name} must be a folder that is there.")
    return path


def _store(text: str) -> str:
    scheme, _, path = text.partition(":")
    if scheme != "sqlite" or not path:
        raise SettingsError("STORE must read sqlite:PATH, for example STORE=sqlite:.state/context.sqlite3.")
    return text
