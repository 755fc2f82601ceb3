"""Builds a set of the shipped corpus: `audio/*.flac`, `manifest.jsonl` and `provenance.json` in one folder.

The same texts, voices, seeds and package versions give the same files on one machine. Between processors the neural
voices may differ in the last bits.
"""

import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType

from tqdm import tqdm

from core.errors import DataFileError, RunError
from evals.corpus.clips import make_clip, write_flac
from evals.corpus.records import (
    Item,
    Record,
    describe_origin,
    describe_utterance,
    write_manifest,
    write_provenance,
)
from evals.corpus.texts import Dialogue


def build_set(
    dialogues: Sequence[Dialogue], out: Path, only: str = "", dropped: Mapping[str, str] = MappingProxyType({})
) -> int:
    """Build the set beside `out`, then put it in its place. Returns how many clips were made.

    Args:
        dialogues: what is said.
        out: the set's folder; an older set in it is replaced as a whole.
        only: an utterance id; all other clips are then taken from the older set.
        dropped: answers that were left out, and why; it is written down.

    Raises:
        DataFileError: two utterances have one id, or a positive one names nothing of its context.
        RunError: `only` is unknown, the older set lacks a clip, or `out` cannot be replaced.
        ModelError: a voice is missing.
    """
    items = list_items(dialogues)
    clips = [item for item in items if item.has_own_clip]
    made = [item for item in clips if only in ("", item.id)]
    if not made:
        raise RunError(f"There is no utterance {only!r} with a clip of its own in the corpus.")
    origins = _read_origins(out) if only else {}
    with replace_folder(out) as building:
        (building / "audio").mkdir()
        for item in clips:
            if item not in made:
                _take_over(item, out, building, origins)
        for item in tqdm(made, unit="clip", disable=None):
            origins[item.id] = _make(item, building)
        write_manifest((describe_utterance(item, building) for item in items), building)
        write_provenance([origins[item.id] for item in clips], dropped, building)
    return len(made)


def list_items(dialogues: Sequence[Dialogue]) -> list[Item]:
    """Every follow-up that is part of the set, checked.

    Raises:
        DataFileError: see `build_set`; the message names the utterance.
    """
    items: dict[str, Item] = {}
    for item in (Item(dialogue, one) for dialogue in dialogues for one in dialogue.follow_ups):
        if item.id in items:
            raise DataFileError(f"Two utterances are called {item.id}.")
        if item.follow_up.kind == "positive" and not _names_an_item(item):
            raise DataFileError(f"{item.id} is positive but names no item of its context.")
        items[item.id] = item
    return list(items.values())


@contextmanager
def replace_folder(out: Path, keep: Sequence[str] = ()) -> Iterator[Path]:
    """A new folder beside `out` that takes its place once the block is through; after an error all is as before.

    Args:
        out: the folder.
        keep: names of files in it that others make; they stay as they are.

    Raises:
        RunError: `out` holds something that was not built here, or the folder above it cannot be written to.
    """
    if out.exists() and not (out / "provenance.json").is_file():
        raise RunError(f"{out} was not built by this command; give a folder that does not exist yet.")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        building = Path(tempfile.mkdtemp(prefix=f".{out.name}.", dir=out.parent))
    except OSError as exc:
        raise RunError(f"The folder {out.parent} cannot be written to.") from exc
    try:
        yield building
        building.chmod(0o755)  # mkdtemp lets nobody else read it
        for name in keep:
            if (out / name).is_file():
                shutil.copyfile(out / name, building / name)
        _swap(building, out)
    finally:
        shutil.rmtree(building, ignore_errors=True)


def _swap(building: Path, out: Path) -> None:
    older = building.with_name(f"{building.name}.older")
    if out.exists():
        out.rename(older)
    try:
        building.rename(out)
    except OSError:
        older.rename(out)
        raise
    shutil.rmtree(older, ignore_errors=True)


def _names_an_item(item: Item) -> bool:
    named = {one.text for one in item.dialogue.context}
    return item.follow_up.entity in named and bool(item.follow_up.bias_words)


def _make(item: Item, folder: Path) -> Record:
    write_flac(folder / item.audio, make_clip(item.follow_up))
    return describe_origin(item, folder)


def _read_origins(out: Path) -> dict[str, Record]:
    try:
        items = json.loads((out / "provenance.json").read_text(encoding="utf-8"))["items"]
        return {record["id"]: record for record in items}
    except (OSError, ValueError, KeyError, TypeError) as exc:
        raise RunError(f"{out} holds no set to change; build the whole set first.") from exc


def _take_over(item: Item, out: Path, building: Path, origins: Mapping[str, Record]) -> None:
    if item.id not in origins or not (out / item.audio).is_file():
        raise RunError(f"{out} lacks {item.id}; build the whole set first.")
    shutil.copyfile(out / item.audio, building / item.audio)
