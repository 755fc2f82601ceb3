"""`python -m core.context FILE`: the running context of a dialogue, one line a row.

FILE is JSON: `{"turns": [{"speaker": "user", "text": …}, …], "information": {"device": …}}`; the second is optional.
Rows go through the store as in the app, sealed, in a folder that is deleted afterwards.
"""

import argparse
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from core.command import run_command
from core.context.embedding import Embedder
from core.context.rounds import RunningContext, encode_sequence
from core.context.sequence import ContextSequence
from core.dialogue import Turn
from core.errors import DataFileError
from core.settings import Settings
from core.store.keys import RootKey
from core.store.sealing import new_data_key
from core.store.sqlite import SqliteStore
from core.store.vault import Vault

SHOWN = 4


def read_dialogue(path: Path) -> tuple[list[Turn], dict[str, str]]:
    """The turns and what else is known.

    Raises:
        DataFileError: the file cannot be read or is not of that form.
    """
    try:
        record: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        turns = [Turn(_speaker(one["speaker"]), str(one["text"])) for one in record["turns"]]
        information = {str(name): str(text) for name, text in record.get("information", {}).items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as exc:
        form = '{"turns": [{"speaker": "user" or "assistant", "text": …}], "information": {NAME: TEXT}}'
        raise DataFileError(f"{path.name} cannot be used as a dialogue; it must be JSON of the form {form}.") from exc
    return turns, information


def compute_sequence(turns: list[Turn], information: dict[str, str], embedder: Embedder) -> ContextSequence:
    """The sequence after the last turn."""
    with tempfile.TemporaryDirectory() as folder:
        store = SqliteStore(str(Path(folder) / "context.sqlite3"))
        store.ensure_schema()
        try:
            vault = Vault(store, RootKey.from_bytes(new_data_key()), Settings().ttl_s)
            running = RunningContext(vault.begin(), embedder.encode)
            for turn in turns:
                running.add(turn)
            for name, text in information.items():
                running.tell(name, text)
            return running.read()
        finally:
            store.close()


def describe(sequence: ContextSequence) -> Iterator[str]:
    """A table of plain text; of each vector its first numbers and its cosine to the whole."""
    summary = sequence.summarize()
    if summary is None:
        yield "Nothing was said."
        return
    yield f"{'name':<14}{'rounds ago':>11}{'weight':>8}{'cosine to all':>15}  vector of {summary.size} numbers"
    cosines = (sequence.vectors @ summary).tolist()
    rows = zip(sequence.names, sequence.rounds_ago, sequence.weights, cosines, sequence.vectors, strict=True)
    for name, ago, weight, cosine, vector in rows:
        yield f"{name:<14}{'-' if ago is None else ago:>11}{weight:>8.2f}{cosine:>15.2f}  {_begin(vector)}"


def main(arguments: list[str] | None = None) -> int:
    """Print the sequence of one dialogue; returns the exit status."""
    options = _parser().parse_args(arguments)
    turns, information = read_dialogue(options.file)
    embedder = Embedder.load(Settings.from_env().embedding_model)
    sequence = compute_sequence(turns, information, embedder)
    print(encode_sequence(sequence) if options.json else "\n".join(describe(sequence)))
    return 0


def _speaker(name: str) -> Any:
    if name not in {"user", "assistant"}:
        raise ValueError("unknown speaker")
    return name


def _begin(vector: "np.typing.NDArray[np.float32]") -> str:
    return " ".join(f"{number:+.3f}" for number in vector[:SHOWN]) + " …"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m core.context", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("file", type=Path, metavar="FILE", help="the dialogue, JSON")
    parser.add_argument("--json", action="store_true", help="all numbers, for a model that reads the sequence")
    return parser


if __name__ == "__main__":
    run_command(main)
