"""`python -m evals.run`: recognise every utterance of a set without and with its context, and keep the raw texts.

A run that was stopped goes on where it ended, under the same command; `--jobs` and `--cluster` may be others.
"""

import argparse
import functools
import sys
from collections.abc import Callable, Container, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tqdm import tqdm

from core.command import STOPPED, run_command
from core.context.bias import EMPTY, BiasList
from core.dialogue import Signal
from core.errors import RunError
from core.speech.audio import MAX_BYTES
from evals.arms import ArmContexts, choose_arms, choose_signals, list_candidates
from evals.cluster import open_cluster
from evals.description import SEED, check_same, describe_data, describe_models
from evals.engine import Engine, Model, Task, load_recognizer, open_processes, recognize_here
from evals.manifest import Utterance, read_manifest
from evals.plan import RunPlan, list_plans, parse_options
from evals.results import (
    OUTCOMES,
    RUN,
    WITHOUT_CONTEXT,
    Arm,
    Record,
    Reference,
    append_recognized,
    count_outcomes,
    drop_torn_line,
    make_folder,
    read_recognitions,
    read_run,
    write_json,
    write_references,
)
from evals.vectors import SetVectors

if TYPE_CHECKING:
    from core.context.embedding import Embedder

BuildBiases = Callable[[Utterance], dict[Arm, BiasList]]


@dataclass(frozen=True, slots=True)
class PreparedRun:
    """A plan whose set and folder have been checked; `data` is what is known about it without a model."""

    plan: RunPlan
    utterances: tuple[Utterance, ...]
    signals: tuple[Signal, ...]
    arms: tuple[Arm, ...]
    data: Record

    @property
    def needs_vectors(self) -> bool:
        """Whether any arm has context to rank."""
        return self.arms != (WITHOUT_CONTEXT,)


def run_set(plan: RunPlan, engine: Engine = recognize_here) -> int:
    """Recognise what is not done yet; returns how many utterances the run has.

    Raises:
        ManifestError: the set is not as it should be.
        RunError: an arm, signal or split is unknown, the folder cannot be written to or holds another run, a clip
            cannot be used, or the engine fails.
        ModelError: a model is unknown or damaged.
    """
    return finish_run(prepare_run(plan), engine)


def prepare_run(plan: RunPlan) -> PreparedRun:
    """All checks that need no model.

    Raises:
        ManifestError, RunError: as in `run_set`.
    """
    utterances = _choose_split(read_manifest(plan.manifest), plan)[: plan.limit]
    signals = choose_signals(utterances, plan.signals)
    arms = choose_arms(signals, plan.arms, plan.ablate)
    make_folder(plan.folder)
    data = describe_data(plan.manifest, utterances, plan.limit)
    data |= {"split": plan.split, "arms": list(arms), "signals": list(signals)}
    check_same(plan.folder, data)
    return PreparedRun(plan, utterances, signals, arms, data)


def _choose_split(utterances: Sequence[Utterance], plan: RunPlan) -> tuple[Utterance, ...]:
    chosen = tuple(one for one in utterances if plan.split in ("", one.slices.get("split")))
    if plan.split and not chosen:
        raise RunError(f"{plan.manifest} has no utterance of the split {plan.split!r}.")
    return chosen


def finish_run(run: PreparedRun, engine: Engine) -> int:
    """The rest of `run_set`."""
    folder, settings = run.plan.folder, run.plan.settings
    recognizer = load_recognizer(settings.model, settings.threads)
    embedder = _load_embedder(settings.embedding_model) if run.needs_vectors else None
    _open_run(run, run.data | describe_models(recognizer, embedder))
    done = read_recognitions(folder)
    tasks = _list_tasks(run, done.keys(), _bias_builder(run, embedder))
    model = Model(settings.model, recognizer.model_sha256, settings.threads)
    # disable=None: no bar where stderr is a file.
    bar = tqdm(desc=settings.model, initial=len(done), total=len(run.utterances), unit="utterance", disable=None)
    with bar:
        for recognized in engine(model, tasks):
            append_recognized(folder, recognized)
            bar.update()
    note_outcomes(folder)
    return len(run.utterances)


def note_outcomes(folder: Path) -> None:
    """Put the outcomes of a run that is through into its run.json, counted from its hypotheses: however often it was
    stopped, none is counted twice.

    Raises:
        RunError: the folder holds no run, a damaged one, or cannot be written to.
    """
    outcomes = count_outcomes(read_recognitions(folder).values())
    write_json(folder / RUN, read_run(folder) | {OUTCOMES: outcomes})


def main(arguments: Sequence[str] | None = None) -> int:
    """Run; returns the exit status."""
    options = parse_options(arguments)
    try:
        for plan, count in _run_all(options):
            print(f"{count} utterances are recognised. Next: python -m evals.score {plan.folder}")
    except KeyboardInterrupt:
        print("Stopped. Finished utterances are kept; the same command goes on from there.", file=sys.stderr)
        return STOPPED
    return 0


def _run_all(options: argparse.Namespace) -> Iterator[tuple[RunPlan, int]]:
    """Everything that can be wrong with any of the runs is told before the first of them starts."""
    runs = [prepare_run(plan) for plan in list_plans(options)]
    with _open_engine(options) as engine:
        for run in runs[1:]:
            load_recognizer(run.plan.settings.model, run.plan.settings.threads)
        for run in runs:
            yield run.plan, finish_run(run, engine)


def _open_engine(options: argparse.Namespace) -> AbstractContextManager[Engine]:
    if options.cluster:
        return open_cluster(options.cluster)
    return open_processes(options.jobs) if options.jobs > 1 else nullcontext(recognize_here)


@functools.cache
def _load_embedder(name: str) -> "Embedder":
    # Imported here because it takes seconds: whatever is wrong with the set or the folder is told before.
    from core.context.embedding import Embedder  # noqa: PLC0415

    return Embedder.load(name)


def _open_run(run: PreparedRun, description: Record) -> None:
    folder = run.plan.folder
    check_same(folder, description)
    write_references(folder, map(Reference.of, run.utterances))
    if not (folder / RUN).exists():
        write_json(folder / RUN, description)
    drop_torn_line(folder)


def _bias_builder(run: PreparedRun, embedder: "Embedder | None") -> BuildBiases:
    if embedder is None:
        return lambda _: {WITHOUT_CONTEXT: EMPTY}
    texts = (item.text for utterance in run.utterances for item in list_candidates(utterance))
    return ArmContexts(run.utterances, run.arms, run.signals, SetVectors(embedder, texts), SEED).build_biases


def _list_tasks(run: PreparedRun, done: Container[str], build_biases: BuildBiases) -> Iterator[Task]:
    for utterance in run.utterances:
        if utterance.utterance_id not in done:
            yield Task(
                utterance.utterance_id, utterance.audio_filepath, _read_audio(utterance), build_biases(utterance)
            )


def _read_audio(utterance: Utterance) -> bytes:
    try:
        with utterance.audio_path.open("rb") as file:
            return file.read(MAX_BYTES + 1)  # one byte more than is allowed tells a file that is too large
    except OSError as exc:
        name = utterance.utterance_id
        raise RunError(f"The audio of the utterance {name} cannot be read: {exc.strerror}.") from exc


if __name__ == "__main__":
    run_command(main)
