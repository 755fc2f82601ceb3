"""One frozen object, read once from the environment; every value is checked here, before anything is loaded."""

import difflib
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from core.errors import SettingsError

ROOT = Path(__file__).resolve().parent.parent
MAX_TTL_S = 7 * 24 * 3600
MAX_THREADS = 64
CONTEXT_TTL_S = 300
CONTEXT_MEMORY_MB = 1500  # about twice what a worker holds with its model
MIN_MEMORY_MB, MAX_MEMORY_MB = 100, 1_000_000
CONTEXT_MARGIN_MS = 50
MAX_MARGIN_MS = 10_000
OWN_VARIABLES = (
    "CONTEXT_DATA_TABLE",
    "CONTEXT_MARGIN_MS",
    "CONTEXT_MEMORY_MB",
    "CONTEXT_TTL_S",
    "DATA_DIR",
    "EMBEDDING_MODEL",
    "EVENTS_TABLE",
    "KMS_KEY_ID",
    "ROOT_KEY",
    "ROOT_KEY_FILE",
)
"""Those that no other program has. MODEL, STORE, THREADS and what begins with AWS may well mean somebody else."""

STORE_FORMS = "read dynamodb, or sqlite:PATH, for example STORE=sqlite:.state/context.sqlite3"
NEAR_NAME = 0.75
MAX_DIGITS = 10  # more than any of the numbers has; int() itself refuses thousands


@dataclass(frozen=True, slots=True)
class Settings:
    """What can be set. Environment variables are named beside each field.

    model: a packaged name ("tiny.en"), a faster-whisper name or a folder (MODEL).
    embedding_model: "all-MiniLM-L6-v2" (packaged), a sentence-transformers name or a folder (EMBEDDING_MODEL).
    threads: CPU threads of the recogniser (THREADS).
    store: "sqlite:PATH" or "dynamodb" (STORE).
    events_table: its name in DynamoDB (EVENTS_TABLE).
    context_data_table: its name in DynamoDB (CONTEXT_DATA_TABLE).
    aws_region: empty for that of the profile or the machine (AWS_REGION).
    root_key_file: the key that wraps all data keys, made on first start (ROOT_KEY_FILE).
    root_key: that key itself, 64 hex digits; older keys may follow after commas (ROOT_KEY).
    kms_key_id: a key of AWS KMS that makes and wraps it instead (KMS_KEY_ID).
    ttl_s: how long context is kept, seconds (CONTEXT_TTL_S).
    context_memory_mb: what the context's worker, and its spare, may each hold in memory (CONTEXT_MEMORY_MB).
    context_margin_ms: how long before the reply ends the context has to be ready (CONTEXT_MARGIN_MS).
    data_dir: address book, devices, places, artists, scenarios (DATA_DIR).
    """

    model: str = "tiny.en"
    embedding_model: str = "all-MiniLM-L6-v2"
    threads: int = field(default_factory=lambda: min(os.cpu_count() or 1, 4))
    store: str = f"sqlite:{ROOT / '.state' / 'context.sqlite3'}"
    events_table: str = "contextual-speech-events"
    context_data_table: str = "contextual-speech-context-data"
    aws_region: str = ""
    root_key_file: Path = ROOT / ".state" / "root.key"
    root_key: str = field(default="", repr=False)
    kms_key_id: str = ""
    ttl_s: int = CONTEXT_TTL_S
    context_memory_mb: int = CONTEXT_MEMORY_MB
    context_margin_ms: int = CONTEXT_MARGIN_MS
    data_dir: Path = ROOT / "data"

    @classmethod
    def from_env(cls, env: Mapping[str, str] = os.environ) -> "Settings":
        """Read the variables that are set and not empty; the others keep their defaults.

        Raises:
            SettingsError: a value cannot be used, or a variable is nearly one of ours; the message names it.
        """
        _require_known(env)
        default = cls()
        return cls(
            model=env.get("MODEL") or default.model,
            embedding_model=env.get("EMBEDDING_MODEL") or default.embedding_model,
            threads=_whole_number(env, "THREADS", default.threads, 1, MAX_THREADS),
            store=_store(env.get("STORE") or default.store),
            events_table=_table(env, "EVENTS_TABLE", default.events_table),
            context_data_table=_table(env, "CONTEXT_DATA_TABLE", default.context_data_table),
            aws_region=env.get("AWS_REGION") or default.aws_region,
            root_key=_root_key(env.get("ROOT_KEY", "")),
            kms_key_id=_kms_key_id(env),
            root_key_file=Path(env.get("ROOT_KEY_FILE") or default.root_key_file),
            ttl_s=_whole_number(env, "CONTEXT_TTL_S", default.ttl_s, 1, MAX_TTL_S),
            context_memory_mb=_whole_number(
                env, "CONTEXT_MEMORY_MB", default.context_memory_mb, MIN_MEMORY_MB, MAX_MEMORY_MB
            ),
            context_margin_ms=_whole_number(env, "CONTEXT_MARGIN_MS", default.context_margin_ms, 0, MAX_MARGIN_MS),
            data_dir=_folder("DATA_DIR", Path(env.get("DATA_DIR") or default.data_dir)),
        )


def _require_known(env: Mapping[str, str]) -> None:
    """Most variables are other programs'. One that begins like ours and is nearly the same is a slip of the fingers."""
    for name in env:
        near = difflib.get_close_matches(name, OWN_VARIABLES, n=1, cutoff=NEAR_NAME)
        if near and name not in OWN_VARIABLES and name.partition("_")[0] == near[0].partition("_")[0]:
            raise SettingsError(f"{name} is no setting; did you mean {near[0]}?")


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
    if text != "dynamodb" and (scheme != "sqlite" or not path):
        raise SettingsError(f"STORE must {STORE_FORMS}.")
    return text


def _table(env: Mapping[str, str], name: str, default: str) -> str:
    text = env.get(name) or default
    if not re.fullmatch(r"[A-Za-z0-9_.-]{3,255}", text):
        raise SettingsError(f"{name} must be 3 to 255 letters, digits, dots, hyphens or underscores.")
    return text


def _root_key(text: str) -> str:
    if text and not re.fullmatch(r"[0-9a-fA-F]{64}(,[0-9a-fA-F]{64})*", text):
        raise SettingsError("ROOT_KEY must be 64 hex digits, or several such keys with commas between, newest first.")
    return text


def _kms_key_id(env: Mapping[str, str]) -> str:
    key_id = env.get("KMS_KEY_ID", "")
    if key_id and env.get("ROOT_KEY"):
        raise SettingsError("KMS_KEY_ID must not be set beside ROOT_KEY; unset one of them.")
    return key_id
