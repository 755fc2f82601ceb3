"""`python -m evals.experiment`: a set with one more signal, for an experiment with what a dialogue manager might know.

The signal is one file with one function, `items(turns)`: the turns before the utterance, oldest first, to texts that
may be said next. They join each utterance's context under the signal `experiment`, and `evals.run --ablate` tells what
they are worth: alone, left out, and against other dialogues' items.
"""

import argparse
import importlib.util
import json
import os
import shutil
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from core.command import run_command
from core.dialogue import Turn
from core.errors import DataFileError, RunError
from evals.manifest import MANIFEST, Utterance, read_manifest

SIGNAL = "experiment"
FUNCTION = "items"

ItemsOf = Callable[[Sequence[Turn]], Iterable[str]]


def load_signal(path: Path) -> ItemsOf:
    """The function `items` of a Python file.

    Raises:
        DataFileError: there is no such file, it does not run, or it has no such function.
    """
    spec = importlib.util.spec_from_file_location("experiment_signal", path)
    if spec is None or spec.loader is None or not path.is_file():
        raise DataFileError(f"There is no Python file {path}.")
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except Exception as exc:  # whatever is wrong with it
        raise DataFileError(f"{path.name} does not run: {type(exc).__name__}: {exc}.") from exc
    function: ItemsOf | None = getattr(module, FUNCTION, None)
    if not callable(function):
        raise DataFileError(f"{path.name} has no function `{FUNCTION}(turns)`.")
    return function


def add_signal(manifest: Path, items_of: ItemsOf, out: Path) -> int:
    """Write the set with the signal's items; returns how many there are.

    An utterance of the kind `no_context` gets none.

    Raises:
        ManifestError: the set cannot be used.
        DataFileError: the function fails, or gives something else than texts.
        RunError: `out` is there already or cannot be written.
    """
    utterances = {one.utterance_id: one for one in read_manifest(manifest)}
    texts = {name: _list_items(one, items_of) for name, one in utterances.items()}
    make_new_folder(out)
    for path, relative in {(one.audio_path, one.audio_filepath) for one in utterances.values()}:
        link_clip(path, out / relative)
    records = [json.loads(raw) for raw in manifest.read_text(encoding="utf-8-sig").split("\n") if raw.strip()]
    lines = [json.dumps(_extend(record, texts[record["utterance_id"]]), ensure_ascii=False) for record in records]
    (out / MANIFEST).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return sum(map(len, texts.values()))


def _list_items(utterance: Utterance, items_of: ItemsOf) -> list[str]:
    if utterance.kind == "no_context":
        return []
    try:
        texts = list(items_of(utterance.dialogue))
    except Exception as exc:  # whatever is wrong with it
        raise DataFileError(f"`{FUNCTION}` fails on {utterance.utterance_id}: {type(exc).__name__}.") from exc
    if not all(isinstance(text, str) for text in texts):
        raise DataFileError(f"`{FUNCTION}` must give texts; on {utterance.utterance_id} it gives something else.")
    return list(dict.fromkeys(filter(str.strip, texts)))


def _extend(record: dict[str, Any], texts: Iterable[str]) -> dict[str, Any]:
    return record | {"context": [*record["context"], *({"signal": SIGNAL, "text": text} for text in texts)]}


def make_new_folder(out: Path) -> None:
    """Make a folder that nobody has written to.

    Raises:
        RunError: it is there already or cannot be made.
    """
    try:
        out.mkdir(parents=True)
    except OSError as exc:
        raise RunError(f"{out} cannot be made ({exc.strerror}); give a folder that does not exist yet.") from exc


def link_clip(path: Path, place: Path) -> None:
    """The same file once more, without its bytes where the disk allows it."""
    place.parent.mkdir(parents=True, exist_ok=True)
    with suppress(OSError):
        os.link(path, place)
    if not place.exists():
        shutil.copyfile(path, place)


def main(arguments: list[str] | None = None) -> int:
    """Add one signal to one set; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m evals.experiment", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--manifest", type=Path, required=True, help="the set")
    parser.add_argument("--signal", type=Path, required=True, help="a Python file with a function items(turns)")
    parser.add_argument("--out", type=Path, required=True, help="folder to write, new")
    options = parser.parse_args(arguments)
    added = add_signal(options.manifest, load_signal(options.signal), options.out)
    print(f"{added} items added; the set is in {options.out}")
    return 0


if __name__ == "__main__":
    run_command(main)
