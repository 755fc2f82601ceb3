"""What is recognised in a process of its own is what is recognised in place; and what becomes of that process."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import psutil
import pytest

from core.context.bias import BiasList, build_bias_list
from core.dialogue import ContextItem
from core.errors import AudioEmpty, ModelError, ProjectError, RecognizerFailed
from core.settings import ROOT
from core.speech import separate_recognizer
from core.speech.audio import SAMPLE_RATE, Clip, read_clip
from core.speech.recognition import Recognition
from core.speech.recognizer import Recognizer
from core.speech.separate_recognizer import SeparateRecognizer
from tests.clock import wait_until
from tests.core.speech.faulty_recognizer import FAULTY
from tests.paths import CALL_MEG
from tests.processes import is_alive

NAMES = build_bias_list((ContextItem("contacts", name), 0.0) for name in ("Meg Jones", "Meg Bauer", "Philz Coffee"))
START = """
import sys
from core.speech.separate_recognizer import SeparateRecognizer
print(SeparateRecognizer("waits", 1, sys.argv[1]).pid, flush=True)
input()
"""


@pytest.fixture(scope="module")
def separate() -> Iterator[SeparateRecognizer]:
    separate = SeparateRecognizer("tiny.en", 2)
    yield separate
    separate.close()


@pytest.fixture(scope="module")
def clip() -> Clip:
    return read_clip(CALL_MEG / "turn_2.flac")


def timeless(recognition: Recognition) -> Recognition:
    without, with_context = (
        replace(arm, decode_ms=0.0) for arm in (recognition.without_context, recognition.with_context)
    )
    return replace(recognition, without_context=without, with_context=with_context, encode_ms=0.0)


@pytest.mark.parametrize("bias", [BiasList(), NAMES], ids=["plain", "with names"])
def test_it_hears_what_is_heard_in_place(
    separate: SeparateRecognizer, recognizer: Recognizer, clip: Clip, bias: BiasList
) -> None:
    there, here = separate.recognize(clip, bias), recognizer.recognize(clip, bias)
    assert timeless(there) == timeless(here)
    assert (there.without_context is there.with_context) == (here.without_context is here.with_context)
    versions = (clip, Clip(clip.samples / np.float32(2.0)), Clip(clip.samples[: clip.samples.size // 2]))
    assert timeless(separate.recognize_best(versions, bias)) == timeless(recognizer.recognize_best(versions, bias))
    assert separate.locate_words(clip, here.text) == recognizer.locate_words(clip, here.text)
    assert (separate.model_name, separate.model_sha256) == (recognizer.model_name, recognizer.model_sha256)


def test_each_thread_gets_the_answer_to_its_own_clip(
    separate: SeparateRecognizer, recognizer: Recognizer, scenario_clips: list[Path]
) -> None:
    clips = [read_clip(path) for path in scenario_clips] * 4
    with ThreadPoolExecutor(len(clips)) as pool:
        heard = [recognition.text for recognition in pool.map(separate.recognize, clips)]
    assert heard == [recognizer.recognize(clip).text for clip in clips]


def test_a_model_that_is_not_there_is_told_as_in_place() -> None:
    with pytest.raises(ModelError) as told:
        SeparateRecognizer("no-such-folder/model", 1)
    with pytest.raises(ModelError, match="no-such-folder") as here:
        Recognizer.load("no-such-folder/model", 1)
    assert str(told.value) == str(here.value)
    assert not running(separate_recognizer.PROCESS, "no-such-folder/model")


def test_a_process_that_ends_while_it_loads_is_an_error() -> None:
    with pytest.raises(RecognizerFailed, match="ended while it was loaded"):
        SeparateRecognizer("ends while loading", 1, FAULTY)
    assert not running(FAULTY, "ends while loading")


def test_one_that_ended_while_nobody_spoke_costs_no_turn(separate: SeparateRecognizer, clip: Clip) -> None:
    heard = separate.recognize(clip).text
    ended = separate.pid
    os.kill(ended, signal.SIGKILL)
    assert separate.recognize(clip).text == heard
    assert separate.pid != ended


def test_nor_does_one_that_is_killed_at_work(separate: SeparateRecognizer, clip: Clip) -> None:
    heard = separate.recognize(clip).text
    ended = separate.pid
    os.kill(ended, signal.SIGSTOP)
    with ThreadPoolExecutor(1) as pool:
        turn = pool.submit(separate.recognize, clip)
        wait_until(separate._lock.locked)
        os.kill(ended, signal.SIGKILL)
        assert turn.result().text == heard
    assert separate.pid != ended


def test_a_long_clip_is_not_sent_forever_to_one_that_stands_still(clip: Clip, monkeypatch: pytest.MonkeyPatch) -> None:
    long = Clip(np.resize(clip.samples, 20 * SAMPLE_RATE))
    monkeypatch.setattr(separate_recognizer, "ANSWERED_WITHIN_S", 1.5)
    separate = SeparateRecognizer("tiny.en", 2)
    monkeypatch.setattr(separate_recognizer, "ANSWERED_WITHIN_S", 60.0)
    stopped = separate.pid
    os.kill(stopped, signal.SIGSTOP)
    assert separate.recognize(long).text
    assert separate.pid != stopped
    separate.close()


@pytest.mark.parametrize("how", ["crashes", "hangs"])
def test_a_fault_that_ends_it_again_costs_one_turn(clip: Clip, monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    monkeypatch.setattr(separate_recognizer, "ANSWERED_WITHIN_S", 0.3 if how == "hangs" else 20.0)
    faulty = SeparateRecognizer(how, 1, FAULTY)
    before = faulty.pid
    with pytest.raises(RecognizerFailed, match="loaded again: say it once more"):
        faulty.recognize(clip)
    assert not is_alive(before)
    assert faulty.locate_words(clip, "") == ()
    faulty.close()
    assert not running(FAULTY, how)


@pytest.mark.parametrize(
    ("how", "error", "told"),
    [
        ("raises", RecognizerFailed, r"The clip could not be recognised \(RuntimeError\): say it again"),
        ("refuses", AudioEmpty, "There is nothing in it"),
    ],
)
def test_an_error_in_the_process_is_told_without_its_words(
    clip: Clip, how: str, error: type[ProjectError], told: str
) -> None:
    faulty = SeparateRecognizer(how, 1, FAULTY)
    before = faulty.pid
    with pytest.raises(error, match=told) as raised:
        faulty.recognize(clip)
    assert "Bauer" not in str(raised.value)
    assert faulty.pid == before
    faulty.close()


@pytest.mark.parametrize("end", [lambda process: process.terminate(), lambda process: process.kill()])
def test_it_ends_with_who_started_it(end: Callable[["subprocess.Popen[str]"], None]) -> None:
    command = [sys.executable, "-c", START, FAULTY]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert is_alive(child)
        end(parent)
    wait_until(lambda: not is_alive(child))


def running(module: str, model: str) -> list[int]:
    """Processes below this one that were started so."""
    children = psutil.Process().children(recursive=True)
    return [child.pid for child in children if {module, model} <= set(child.cmdline())]
