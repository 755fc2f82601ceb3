"""What a run is asked for: the options of the command, and the plan of one run."""

import argparse
import dataclasses
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from core.errors import RunError
from core.settings import Settings
from evals.cluster import count_local
from evals.results import ARMS

MAX_NAME = 100  # characters of a subfolder's name


@dataclass(frozen=True, slots=True)
class RunPlan:
    """What is asked for.

    manifest: the set. folder: where the run is kept; created where it is missing.
    settings: which models, and how many threads for each recogniser.
    limit: only the first so many utterances. split: only those of this split; empty for all.
    arms, ablate, signals: see `evals.arms`; signals None stands for all of the set.
    """

    manifest: Path
    folder: Path
    settings: Settings
    limit: int | None = None
    arms: tuple[str, ...] = ARMS
    ablate: bool = False
    signals: tuple[str, ...] | None = None
    split: str = ""


def parse_options(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """The options of `python -m evals.run`; what cannot be one ends the program, as is usual for commands."""
    return _build_parser().parse_args(arguments)


def list_plans(options: argparse.Namespace) -> list[RunPlan]:
    """One plan a model.

    Raises:
        SettingsError: a setting cannot be used.
        RunError: two models would share a folder.
    """
    settings = _share_cores(Settings.from_env(), options)
    models = options.model or [settings.model]
    folders = [options.out / _safe_name(model) for model in models] if len(models) > 1 else [options.out]
    if len(set(folders)) < len(folders):
        raise RunError("Two of the models would share a folder; name each once, or run them into folders of their own.")
    return [
        RunPlan(
            options.manifest,
            folder,
            dataclasses.replace(settings, model=model),
            options.limit,
            options.arms,
            options.ablate,
            options.signals,
            options.split,
        )
        for model, folder in zip(models, folders, strict=True)
    ]


def _share_cores(settings: Settings, options: argparse.Namespace) -> Settings:
    """Processes on this machine share its cores; the setting holds for one process, and on other machines."""
    workers = count_local(options.cluster) if options.cluster else options.jobs
    if workers is None or workers == 1:
        return settings
    return dataclasses.replace(settings, threads=max(1, _count_cores() // workers))


def _count_cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _safe_name(model: str) -> str:
    """A folder's name for a model's name or path."""
    return re.sub(r"[^\w.-]+", "_", model).strip("._")[-MAX_NAME:] or "model"


def _build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m evals.run", description="Recognise a set of follow-up turns without and with context."
    )
    parser.add_argument("--manifest", type=Path, required=True, help="manifest.jsonl of the set")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder of the run")
    parser.add_argument(
        "--model", action="append", metavar="NAME|PATH",
        help="the recogniser instead of the setting MODEL; several times: each in a folder of its name under DIR",
    )  # fmt: skip
    parser.add_argument("--split", default="", help="only the utterances of this split")
    parser.add_argument("--limit", type=_positive, metavar="N", help="only the first N utterances")
    parser.add_argument("--arms", type=_names, default=ARMS, metavar="ARM,…", help=f"default: {','.join(ARMS)}")
    parser.add_argument("--ablate", action="store_true", help="add each signal alone, each left out, and a placebo")
    parser.add_argument("--signals", type=_names, metavar="SIGNAL,…", help="only these give context; default: all")
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--jobs", type=_positive, default=1, metavar="N", help="processes on this machine")
    where.add_argument("--cluster", metavar="ADDRESS", help="Dask scheduler, tcp://HOST:PORT, or local:N")
    return parser


def _positive(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 9 or not int(text):
        raise argparse.ArgumentTypeError("must be a whole number above 0")
    return int(text)


def _names(text: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.split(","))
    if not all(names):
        raise argparse.ArgumentTypeError("must be names with commas between them")
    return names
