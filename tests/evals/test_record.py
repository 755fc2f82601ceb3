"""Prompts answered line by line, in front of a microphone that plays files, and the command on real PortAudio."""

import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import numpy as np
import pytest

from core.errors import ManifestError, MicrophoneError, RunError
from core.settings import ROOT
from core.speech.audio import SAMPLE_RATE, Samples, read_clip
from core.speech.microphone import InputStream
from evals.manifest import read_manifest, read_prompts
from evals.record import READY, Booth, record_set
from tests.core.speech.sounds import make_silence, speak_sentence
from tests.core.speech.test_microphone import FileStream, make_room_with_tone, needs_portaudio, play_to_alsa
from tests.evals.builders import manifest_line

UNRECORDED = {"audio_filepath": ..., "duration": ..., "speaker": ..., "source": ...}


@pytest.fixture(scope="module")
def spoken() -> Samples:
    return speak_sentence()


def write_prompts(folder: Path, *prompts: dict[str, object]) -> Path:
    path = folder / "prompts.jsonl"
    lines = prompts or tuple(manifest_line(number, **UNRECORDED) for number in (1, 2, 3))
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return path


class Room:
    """A speaker who types the given lines, and a microphone that hears the given sounds, one each time it is opened."""

    def __init__(self, typed: Sequence[str], sounds: Sequence[Samples]) -> None:
        self._typed = iter(typed)
        self._sounds = iter([make_silence(1.0), *sounds])  # the first is for the look whether it can be opened
        self.asked: list[str] = []

    def ask(self, question: str) -> str:
        self.asked.append(question)
        line = next(self._typed, None)
        if line is None:
            raise EOFError
        return line

    def open(self, device: int | None) -> AbstractContextManager[InputStream]:
        return FileStream(next(self._sounds)).open(device)

    @property
    def booth(self) -> Booth:
        return Booth(self.ask, self.open)


def recorded_ids(folder: Path) -> list[str]:
    return [utterance.utterance_id for utterance in read_manifest(folder / "manifest.jsonl")]


def test_prompts_become_a_set_that_can_be_run(tmp_path: Path, spoken: Samples) -> None:
    louder = np.clip(2 * spoken, -1, 1)
    prompts = write_prompts(tmp_path)
    assert record_set(prompts, tmp_path / "out", "meg", Room([""] * 6, [spoken, louder, spoken]).booth) == (3, 3)
    first, second, third = read_manifest(tmp_path / "out" / "manifest.jsonl")
    expected = read_prompts(prompts)[0]
    assert (first.text, first.dialogue, first.context) == (expected.text, expected.dialogue, expected.context)
    assert (first.kind, first.bias_words, first.speaker) == ("positive", ("Bauer",), "meg")
    clips = [read_clip(one.audio_path) for one in (first, second, third)]
    assert clips[0].digest == clips[2].digest
    assert np.abs(clips[1].samples).max() == pytest.approx(np.abs(louder).max(), abs=1e-3)
    assert first.duration_s == pytest.approx(clips[0].duration_s, abs=1e-4)


def test_the_dialogue_and_what_to_say_are_shown(
    tmp_path: Path, spoken: Samples, capsys: pytest.CaptureFixture[str]
) -> None:
    record_set(write_prompts(tmp_path), tmp_path / "out", "meg", Room(["", ""], [spoken]).booth)
    shown = capsys.readouterr().out
    assert "1 of 3\n  user: Call Meg.\n  assistant: Jones or Bauer?\n  say: Bauer.\nlistening…\n" in shown
    assert "2 of 3" in shown


def test_a_take_can_be_repeated_and_the_last_one_is_kept(tmp_path: Path, spoken: Samples) -> None:
    room = Room(["", "r", "r", "", "q"], [spoken, spoken, 0.5 * spoken])
    assert record_set(write_prompts(tmp_path), tmp_path / "out", "meg", room.booth) == (1, 3)
    (kept,) = read_manifest(tmp_path / "out" / "manifest.jsonl")
    assert np.abs(read_clip(kept.audio_path).samples).max() == pytest.approx(0.5 * np.abs(spoken).max(), abs=1e-3)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (["s", "", "", "s"], ["u2"]),
        (["", "s", "", "", "s"], ["u2"]),
        (["", "", "q"], ["u1"]),
        (["", "", "", "q"], ["u1"]),
        (["", ""], ["u1"]),
        (["S", " S ", "", ""], ["u3"]),
    ],
)
def test_prompts_are_skipped_and_left_by_a_key(
    tmp_path: Path, spoken: Samples, typed: list[str], kept: list[str]
) -> None:
    count, _ = record_set(write_prompts(tmp_path), tmp_path / "out", "meg", Room(typed, [spoken] * 3).booth)
    assert count == len(kept)
    assert recorded_ids(tmp_path / "out") == kept


def test_the_same_command_goes_on_and_comes_back_to_what_was_skipped(tmp_path: Path, spoken: Samples) -> None:
    prompts, out = write_prompts(tmp_path), tmp_path / "out"
    record_set(prompts, out, "meg", Room(["s", "", "", "q"], [spoken]).booth)
    before = (out / "manifest.jsonl").read_bytes()
    room = Room([""] * 4, [spoken] * 2)
    assert record_set(prompts, out, "meg", room.booth) == (3, 3)
    assert recorded_ids(out) == ["u2", "u1", "u3"]
    assert (out / "manifest.jsonl").read_bytes().startswith(before)
    assert len({one.audio_filepath for one in read_manifest(out / "manifest.jsonl")}) == 3


def test_ctrl_c_keeps_what_is_finished(tmp_path: Path, spoken: Samples) -> None:
    def interrupted(_device: int | None) -> AbstractContextManager[InputStream]:
        raise KeyboardInterrupt

    room = Room([""] * 4, [spoken])
    opened = iter([room.open, room.open, interrupted])

    def open_next(device: int | None) -> AbstractContextManager[InputStream]:
        return next(opened)(device)

    booth = Booth(room.ask, open_next)
    with pytest.raises(KeyboardInterrupt):
        record_set(write_prompts(tmp_path), tmp_path / "out", "meg", booth)
    assert recorded_ids(tmp_path / "out") == ["u1"]


def test_where_nobody_speaks_the_prompt_is_asked_again(
    tmp_path: Path, spoken: Samples, capsys: pytest.CaptureFixture[str]
) -> None:
    room = Room(["", "", "", "q"], [make_silence(20.0), spoken])
    assert record_set(write_prompts(tmp_path), tmp_path / "out", "meg", room.booth)[0] == 1
    assert "no speech heard" in capsys.readouterr().out
    assert room.asked[:2] == [READY, READY]


def test_a_recorded_set_can_be_spoken_again_without_its_old_sound_and_its_silence(
    tmp_path: Path, spoken: Samples
) -> None:
    slices = {"snr_db": 5, "noise": "babble", "accent": "en-GB", "voice_family": "kokoro", "list_size": 2}
    silent = manifest_line(2, kind="no_speech", text="", bias_words=[])
    prompts = write_prompts(tmp_path, manifest_line(1, slices=slices, source="another voice"), silent)
    assert record_set(prompts, tmp_path / "out", "meg", Room(["", ""], [spoken]).booth) == (1, 1)
    (kept,) = read_manifest(tmp_path / "out" / "manifest.jsonl")
    assert kept.slices == {"list_size": 2}
    assert "another voice" not in kept.source


@contextmanager
def no_microphone(_device: int | None) -> Iterator[InputStream]:
    raise MicrophoneError("no microphone")
    yield


def test_without_a_microphone_no_prompt_is_read_and_nothing_is_written(tmp_path: Path) -> None:
    room = Room([""], [])
    with pytest.raises(MicrophoneError):
        record_set(write_prompts(tmp_path), tmp_path / "out", "meg", Booth(room.ask, no_microphone))
    assert room.asked == []
    assert not (tmp_path / "out").exists()


def test_a_wrong_prompt_is_told_with_its_line(tmp_path: Path) -> None:
    prompts = write_prompts(tmp_path, manifest_line(1, **UNRECORDED), manifest_line(2, **UNRECORDED, kind="maybe"))
    with pytest.raises(ManifestError, match=r"prompts.jsonl, line 2, kind: "):
        record_set(prompts, tmp_path / "out", "meg", Room([], []).booth)


def test_a_folder_that_cannot_be_written_to_is_told_before_anybody_speaks(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    room = Room([""], [])
    with pytest.raises(RunError, match="cannot be written to"):
        record_set(write_prompts(tmp_path), tmp_path / "file" / "out", "meg", room.booth)
    assert room.asked == []


def run_command(
    folder: Path, typed: str, before: Callable[[], None] | None = None, **env: str | Path
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "evals.record", "--prompts", str(write_prompts(folder)), "--out", str(folder / "out")],
        input=typed,
        cwd=ROOT,
        env=os.environ | {name: str(value) for name, value in env.items()},
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
        preexec_fn=before,
    )


@needs_portaudio
def test_the_command_records_from_the_default_device(tmp_path: Path) -> None:
    done = run_command(tmp_path, "\n\nq\n", ALSA_CONFIG_PATH=play_to_alsa(make_room_with_tone(), tmp_path))
    assert (done.returncode, done.stderr) == (0, "")
    assert "1 of 3 prompts are recorded" in done.stdout
    (kept,) = read_manifest(tmp_path / "out" / "manifest.jsonl")
    heard = read_clip(kept.audio_path).samples
    loud = heard[np.flatnonzero(np.abs(heard) > 0.1)[0] :][: SAMPLE_RATE // 2]
    assert np.argmax(np.abs(np.fft.rfft(loud))) * SAMPLE_RATE / loud.size == pytest.approx(300, abs=10)


@needs_portaudio
def test_a_full_disk_is_told_and_leaves_no_half_line(tmp_path: Path) -> None:
    def allow_only_small_files() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))

    config = play_to_alsa(make_room_with_tone(), tmp_path)
    done = run_command(tmp_path, "\n\nq\n", before=allow_only_small_files, ALSA_CONFIG_PATH=config)
    assert done.returncode == 1
    assert "0001.flac cannot be written" in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "out" / "manifest.jsonl").exists()


@needs_portaudio
def test_a_machine_without_input_device_is_told_so(tmp_path: Path) -> None:
    (tmp_path / "none.conf").write_text("pcm.none { type hw card 31 }")
    assert_failed(run_command(tmp_path, "\n", ALSA_CONFIG_PATH=tmp_path / "none.conf"), "no input device")


def test_without_portaudio_the_package_to_install_is_named(tmp_path: Path) -> None:
    # The real sounddevice then fails as it does where the library is not installed.
    (tmp_path / "sitecustomize.py").write_text("import ctypes.util\nctypes.util.find_library = lambda name: None\n")
    assert_failed(run_command(tmp_path, "\n", PYTHONPATH=tmp_path), "apt install libportaudio2")


def assert_failed(done: subprocess.CompletedProcess[str], message: str) -> None:
    assert done.returncode == 1
    assert message in done.stderr
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""
