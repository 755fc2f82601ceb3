"""Where the clips of a run are recognised: in this process, or in several on this machine.

All engines do the same work on the same tasks and give the results back in the order of the tasks. The texts and scores
do not depend on the number of threads, so they are equal whichever engine made them; `evals.cluster` has one more.
"""

import functools
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, replace
from multiprocessing import connection, get_context, parent_process
from typing import TYPE_CHECKING

from core.context.bias import BiasList
from core.errors import AudioError, RunError
from core.speech.audio import decode_clip
from evals.results import Arm, Recognized
from evals.yardsticks import YARDSTICKS, hear

if TYPE_CHECKING:
    from core.speech.recognizer import Recognizer

AHEAD = 3  # tasks handed out per worker, so that none waits for its next one
_loading = threading.Lock()  # a worker may have several threads: only the first of them loads


@dataclass(frozen=True, slots=True)
class Task:
    """One clip to recognise: the bytes of its file, and the bias list of each arm."""

    utterance_id: str
    audio_filepath: str
    audio: bytes
    biases: Mapping[Arm, BiasList]


@dataclass(frozen=True, slots=True)
class Model:
    """Which recogniser a worker has to load, and the sha256 of the weights that make it the same everywhere."""

    name: str
    sha256: str
    threads: int


Engine = Callable[[Model, Iterable[Task]], Iterator[Recognized]]
Wait = Callable[[], Recognized]
"""Gives the result of a task that is under way, once it is there."""


def recognize_here(model: Model, tasks: Iterable[Task]) -> Iterator[Recognized]:
    """The engine of one process."""
    return (work(model, task) for task in tasks)


@contextmanager
def open_processes(jobs: int) -> Iterator[Engine]:
    """The engine of `jobs` processes; each loads the model once. They end with this process, however it ends.

    Raises:
        RunError: a process was ended by something else, such as a lack of memory.
    """
    # Spawned: a forked child would inherit the threads' locks of the libraries that are loaded here.
    pool = ProcessPoolExecutor(jobs, mp_context=get_context("spawn"), initializer=_start_worker)
    try:
        yield lambda model, tasks: collect(lambda task: pool.submit(work, model, task).result, tasks, AHEAD * jobs)
    except BrokenProcessPool as exc:
        raise RunError("A process of the run was ended from outside; start the same command again.") from exc
    finally:
        pool.shutdown(cancel_futures=True)


def collect(submit: Callable[[Task], Wait], tasks: Iterable[Task], ahead: int) -> Iterator[Recognized]:
    """Results in the order of the tasks, of which at most `ahead` are under way."""
    waiting: deque[Wait] = deque()
    for task in tasks:
        waiting.append(submit(task))
        if len(waiting) >= ahead:
            yield waiting.popleft()()
    while waiting:
        yield waiting.popleft()()


def work(model: Model, task: Task) -> Recognized:
    """One task, in a worker of any engine; all arms of one clip.

    Raises:
        RunError: the clip cannot be used, or the model is not the one of the run.
        ModelError: the model cannot be loaded here.
    """
    with _loading:
        recognizer = load_recognizer(model.name, model.threads)
    if recognizer.model_sha256 != model.sha256:
        raise RunError(f"A worker has another model under the name {model.name!r}; give all the same files.")
    try:
        clip = decode_clip(task.audio)
    except AudioError as exc:
        message = f"The utterance {task.utterance_id} has no usable audio. {task.audio_filepath}: {exc}"
        raise RunError(message) from exc
    ours = {arm: bias for arm, bias in task.biases.items() if arm not in YARDSTICKS}
    recognized = Recognized.of(task.utterance_id, recognizer.recognize_all(clip, ours))
    others = {
        arm: hear(arm, model.name, model.threads, clip, bias) for arm, bias in task.biases.items() if arm in YARDSTICKS
    }
    return replace(recognized, arms={**recognized.arms, **others})


@functools.lru_cache(maxsize=1)
def load_recognizer(name: str, threads: int) -> "Recognizer":
    """The recogniser; the last one is remembered.

    Raises:
        ModelError: it is unknown or damaged.
    """
    # Imported here because it takes seconds: whatever is wrong with the set or the folder is told before.
    from core.speech.recognizer import Recognizer  # noqa: PLC0415

    return Recognizer.load(name, threads)


def _start_worker() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all processes of a terminal; the first one decides
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """The pool's own pipes stay open when the parent is killed, so its workers would wait for ever."""
    parent = parent_process()
    if parent:
        connection.wait([parent.sentinel])
        os._exit(1)
