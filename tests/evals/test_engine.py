"""Engines over real clips with the real recogniser, and processes that end before their time."""

import multiprocessing
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.context.bias import EMPTY, BiasList, build_bias_list
from core.dialogue import ContextItem
from core.errors import RunError
from core.settings import ROOT, Settings
from core.speech.audio import read_clip
from evals.engine import Model, Task, collect, load_recognizer, open_processes, recognize_here, work
from evals.manifest import read_manifest
from evals.results import ArmResult, Recognized, read_recognitions
from tests.clock import wait_until

SHIPPED = ROOT / "data" / "followups" / "manifest.jsonl"
CLIPS = [utterance.audio_path for utterance in read_manifest(SHIPPED)[:4]]
NAMES = build_bias_list([(ContextItem("contacts", "Meg Bauer"), 0.5), (ContextItem("contacts", "Meg Jones"), 0.4)])
BIASES = {"without_context": EMPTY, "with_context": NAMES, "again": NAMES}


def a_task(number: int, audio: bytes | None = None, biases: dict[str, BiasList] = BIASES) -> Task:
    return Task(f"u{number}", f"{number}.flac", CLIPS[number].read_bytes() if audio is None else audio, biases)


@pytest.fixture(scope="module")
def model() -> Model:
    threads = Settings().threads
    return Model("tiny.en", load_recognizer("tiny.en", threads).model_sha256, threads)


def test_all_arms_are_what_the_recogniser_gives_for_each_alone(model: Model) -> None:
    recognizer = load_recognizer(model.name, model.threads)
    recognized = work(model, a_task(0))
    alone = recognizer.recognize(read_clip(CLIPS[0]), NAMES)
    for arm, hypothesis in (("without_context", alone.without_context), ("with_context", alone.with_context)):
        heard = recognized.arms[arm]
        assert (heard.text, heard.avg_logprob) == (hypothesis.text, hypothesis.avg_logprob)
    assert recognized.arms["again"] == recognized.arms["with_context"]
    assert [heard.outcome for heard in recognized.arms.values()] == ["empty", "used", "used"]


def test_a_model_that_is_not_the_one_of_the_run_is_refused(model: Model) -> None:
    with pytest.raises(RunError, match="another model"):
        work(Model(model.name, "0" * 64, model.threads), a_task(0))


@pytest.mark.parametrize("audio", [b"", b"no sound", b"RIFF\0\0\0\0WAVE", bytes(11 * 2**20)])
def test_unusable_audio_is_told_with_the_utterance_and_its_file(model: Model, audio: bytes) -> None:
    with pytest.raises(RunError, match=r"^The utterance u3 has no usable audio\. 3\.flac: ") as caught:
        work(model, a_task(3, audio))
    assert "\n" not in str(caught.value)


def test_results_come_in_the_order_of_the_tasks_and_few_are_under_way() -> None:
    under_way: list[str] = []
    most = 0

    def submit(task: Task) -> "FinishLater":
        nonlocal most
        under_way.append(task.utterance_id)
        most = max(most, len(under_way))
        return FinishLater(task, under_way)

    tasks = [Task(str(number), "", b"", {}) for number in range(10)]
    assert [r.utterance_id for r in collect(submit, tasks, ahead=3)] == [str(number) for number in range(10)]
    assert most == 3
    assert list(collect(submit, [], ahead=3)) == []


class FinishLater:
    """Work that ends when it is asked for."""

    def __init__(self, task: Task, under_way: list[str]) -> None:
        self.task, self.under_way = task, under_way

    def __call__(self) -> Recognized:
        self.under_way.remove(self.task.utterance_id)
        return Recognized(self.task.utterance_id, 1.0, {})


def untimed(recognized: Iterator[Recognized]) -> list[dict[str, tuple[str, float]]]:
    def key(arm: ArmResult) -> tuple[str, float]:
        return arm.text, arm.avg_logprob

    return [{name: key(arm) for name, arm in one.arms.items()} for one in recognized]


def test_processes_give_what_one_process_gives_and_tell_what_is_wrong(model: Model) -> None:
    tasks = [a_task(number) for number in range(4)]
    with open_processes(2) as engine:
        assert untimed(engine(model, tasks)) == untimed(recognize_here(model, tasks))
        heard = engine(model, [a_task(0), a_task(1, b"no sound"), a_task(2)])
        assert next(heard).utterance_id == "u0"
        with pytest.raises(RunError, match="u1 has no usable audio"):
            next(heard)


def test_a_process_that_is_ended_from_outside_is_told(model: Model) -> None:
    with pytest.raises(RunError, match="ended from outside"), open_processes(1) as engine:
        kill_workers_at_the_first(engine(model, map(a_task, (0, 1, 2, 3))))


def kill_workers_at_the_first(results: Iterator[Recognized]) -> None:
    for _ in results:
        for process in multiprocessing.active_children():
            process.kill()


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGKILL])
def test_no_process_outlives_a_run_and_finished_lines_stay(tmp_path: Path, ending: signal.Signals) -> None:
    """Ctrl-C in a terminal reaches every process of the command, SIGKILL the first alone."""
    command = [sys.executable, "-m", "evals.run", "--jobs", "2", "--arms", "without_context"]
    command += ["--manifest", str(SHIPPED), "--out", str(tmp_path)]
    run = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True, start_new_session=True)
    hypotheses = tmp_path / "hypotheses.jsonl"
    wait_until(lambda: hypotheses.exists() and b"\n" in hypotheses.read_bytes())  # it is there before its first line is
    finished, _newline, _unfinished = hypotheses.read_bytes().rpartition(b"\n")
    workers = child_ids(run.pid)
    assert len(workers) >= 2
    if ending is signal.SIGINT:
        os.killpg(run.pid, ending)
        assert "the same command goes on" in run.communicate()[1]
        assert run.returncode == 130
    else:
        run.kill()
        run.communicate()
    wait_until(lambda: not any(Path(f"/proc/{process_id}/exe").exists() for process_id in workers))
    lines = hypotheses.read_bytes()
    assert lines.endswith(b"}\n")
    assert lines.startswith(finished + b"\n")
    assert read_recognitions(tmp_path)


def child_ids(process_id: int) -> list[int]:
    threads = Path(f"/proc/{process_id}/task").iterdir()
    return [int(child) for thread in threads for child in (thread / "children").read_text().split()]
