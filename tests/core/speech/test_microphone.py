"""A whole recording played from a file, and the command on real PortAudio with ALSA's file device."""

import ctypes.util
import os
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from core.errors import MicrophoneError
from core.settings import ROOT
from core.speech.audio import SAMPLE_RATE, Samples, encode_wav, read_clip
from core.speech.end_of_speech import measure_dbfs
from core.speech.microphone import BLOCK_S, BLOCK_SAMPLES, PRE_ROLL_S, main, record_utterance
from tests.commands import exit_status
from tests.core.speech.sounds import add_noise, make_silence, speak_sentence

ALSA_CONFIG = Path("/usr/share/alsa/alsa.conf")
needs_portaudio = pytest.mark.skipif(
    not (ALSA_CONFIG.exists() and ctypes.util.find_library("portaudio")), reason="needs PortAudio on ALSA"
)


@pytest.fixture(scope="module")
def spoken() -> Samples:
    return speak_sentence()


class FileStream:
    """A microphone in front of which a recording is played, then digital silence."""

    def __init__(self, samples: Samples) -> None:
        self._samples = samples
        self.blocks_read = 0

    def read_block(self) -> Samples:
        at = self.blocks_read * BLOCK_SAMPLES
        self.blocks_read += 1
        block = self._samples[at : at + BLOCK_SAMPLES]
        return np.pad(block, (0, BLOCK_SAMPLES - block.size))

    @contextmanager
    def open(self, _device: int | None) -> Iterator["FileStream"]:
        yield self


def test_a_recording_holds_the_utterance_and_little_else(spoken: Samples) -> None:
    room = np.concatenate([make_silence(2.0), spoken, make_silence(5.0)])
    clip = record_utterance(open_stream=FileStream(room).open)
    assert clip.duration_s == pytest.approx(PRE_ROLL_S + spoken.size / SAMPLE_RATE + 0.8, abs=0.25)
    # The clip is an exact cut of what was played, and nothing of the speech is missing.
    start = int(np.argmax(np.abs(room) > 0)) - int(np.argmax(np.abs(clip.samples) > 0))
    np.testing.assert_array_equal(clip.samples, room[start : start + clip.samples.size])
    assert start < 2 * SAMPLE_RATE
    assert start + clip.samples.size > 2 * SAMPLE_RATE + spoken.size


def test_recording_stops_listening_when_the_utterance_is_over(spoken: Samples) -> None:
    stream = FileStream(np.concatenate([spoken, make_silence(1.0)]))
    record_utterance(max_duration_s=30.0, open_stream=stream.open)
    assert stream.blocks_read * BLOCK_S < spoken.size / SAMPLE_RATE + 1.2


def test_an_utterance_without_end_is_cut_at_the_limit(spoken: Samples) -> None:
    clip = record_utterance(3.0, open_stream=FileStream(np.tile(spoken, 4)).open)
    assert clip.duration_s == pytest.approx(3.0, abs=0.2)


def test_samples_beyond_full_scale_are_clipped(spoken: Samples) -> None:
    clip = record_utterance(open_stream=FileStream(20.0 * spoken).open)
    assert np.abs(clip.samples).max() == 1.0


@pytest.mark.parametrize("noise_dbfs", [-120.0, -40.0])
def test_where_nobody_speaks_there_is_no_clip(noise_dbfs: float) -> None:
    stream = FileStream(add_noise(make_silence(3.0), noise_dbfs))
    with pytest.raises(MicrophoneError, match="no speech heard within 2 s"):
        record_utterance(2.0, open_stream=stream.open)


@pytest.mark.parametrize("max_duration_s", [0.0, -1.0, 30.1, float("nan"), float("inf")])
def test_a_limit_that_no_clip_can_have_is_refused_before_recording(max_duration_s: float) -> None:
    stream = FileStream(make_silence(1.0))
    with pytest.raises(MicrophoneError, match="at most 30 s"):
        record_utterance(max_duration_s, open_stream=stream.open)
    assert stream.blocks_read == 0


def run_command(
    *arguments: str | Path, before: Callable[[], None] | None = None, **env: str | Path
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "core.speech.microphone", *map(str, arguments)],
        cwd=ROOT,
        env=os.environ | {name: str(value) for name, value in env.items()},
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
        preexec_fn=before,
    )


@pytest.fixture
def no_device(tmp_path: Path) -> Path:
    """An ALSA configuration that leads to no device, whatever this machine has."""
    path = tmp_path / "none.conf"
    path.write_text("pcm.none { type hw card 31 }")
    return path


def play_to_alsa(samples: Samples, folder: Path) -> str:
    """An ALSA configuration whose default input device plays `samples`, so that real PortAudio records them."""
    (folder / "played.raw").write_bytes(encode_wav(samples, SAMPLE_RATE)[44:])
    config = folder / "asound.conf"
    config.write_text(f"""
        pcm.played {{ type file slave.pcm null file /dev/null infile "{folder}/played.raw" format raw }}
        pcm.!default {{ type plug slave {{ pcm played rate {SAMPLE_RATE} channels 1 format S16_LE }} }}
    """)
    return f"{ALSA_CONFIG}:{config}"


def make_room_with_tone() -> Samples:
    """Silence, 300 Hz, silence: ALSA's file device has no clock and leaves out samples; a steady tone does not mind."""
    tone = 0.3 * np.sin(np.arange(5 * SAMPLE_RATE) * 2 * np.pi * 300 / SAMPLE_RATE)
    return add_noise(np.concatenate([make_silence(4.0), tone, make_silence(20.0)]).astype(np.float32), -60.0)


@needs_portaudio
def test_the_command_records_from_the_default_device(tmp_path: Path) -> None:
    out = tmp_path / "answer.wav"
    out.write_bytes(b"an older recording")
    done = run_command("--out", out, ALSA_CONFIG_PATH=play_to_alsa(make_room_with_tone(), tmp_path))
    clip = read_clip(out)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"listening…\n{out}: {clip.duration_s:.1f} s\n"
    heard = clip.samples[np.flatnonzero(np.abs(clip.samples) > 0.1)[0] :][: SAMPLE_RATE // 2]
    assert measure_dbfs(heard) == pytest.approx(20 * np.log10(0.3 / np.sqrt(2)), abs=0.5)
    assert np.argmax(np.abs(np.fft.rfft(heard))) * SAMPLE_RATE / heard.size == pytest.approx(300, abs=10)
    assert not list(tmp_path.glob("*.part"))


@needs_portaudio
def test_the_command_lists_input_devices(tmp_path: Path) -> None:
    done = run_command("--list", ALSA_CONFIG_PATH=play_to_alsa(make_silence(1.0), tmp_path))
    assert (done.returncode, done.stderr) == (0, "")
    assert [line.split() for line in done.stdout.splitlines()] == [["0", "played"], ["1", "default"]]


@needs_portaudio
def test_silence_leaves_the_older_recording_alone(tmp_path: Path) -> None:
    out = tmp_path / "answer.wav"
    out.write_bytes(b"an older recording")
    config = play_to_alsa(add_noise(make_silence(5.0), -50.0), tmp_path)
    done = run_command("--out", out, "--max-seconds", "3", ALSA_CONFIG_PATH=config)
    assert_failed(done, "no speech heard within 3 s", stdout="listening…\n")
    assert out.read_bytes() == b"an older recording"


@needs_portaudio
def test_a_full_disk_leaves_the_older_recording_and_no_half_file(tmp_path: Path) -> None:
    out = tmp_path / "answer.wav"
    out.write_bytes(b"an older recording")
    config = play_to_alsa(make_room_with_tone(), tmp_path)
    before = {path.name for path in tmp_path.iterdir()}
    done = run_command("--out", out, before=allow_only_small_files, ALSA_CONFIG_PATH=config)
    assert_failed(done, "cannot be written (File too large): choose another --out", stdout="listening…\n")
    assert out.read_bytes() == b"an older recording"
    assert {path.name for path in tmp_path.iterdir()} == before


def allow_only_small_files() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))


@needs_portaudio
@pytest.mark.parametrize("arguments", [["--list"], ["--out", "never.wav"]])
def test_a_machine_without_input_device_is_told_so(arguments: list[str], no_device: Path) -> None:
    assert_failed(run_command(*arguments, ALSA_CONFIG_PATH=no_device), "no input device: connect a microphone")
    assert not (ROOT / "never.wav").exists()


@needs_portaudio
def test_a_device_that_refuses_is_told_so(tmp_path: Path) -> None:
    config = play_to_alsa(make_silence(1.0), tmp_path)
    done = run_command("--device", "99", "--out", tmp_path / "a.wav", ALSA_CONFIG_PATH=config)
    assert_failed(done, "refused to record")
    assert not (tmp_path / "a.wav").exists()


def test_without_portaudio_the_package_to_install_is_named(tmp_path: Path) -> None:
    # The real sounddevice then fails as it does where the library is not installed.
    (tmp_path / "sitecustomize.py").write_text("import ctypes.util\nctypes.util.find_library = lambda name: None\n")
    assert_failed(run_command("--out", tmp_path / "a.wav", PYTHONPATH=tmp_path), "apt install libportaudio2")


def assert_failed(done: subprocess.CompletedProcess[str], message: str, stdout: str = "") -> None:
    assert done.returncode == 1
    assert message in done.stderr
    assert done.stderr.count("\n") == 1
    assert done.stdout == stdout


@pytest.mark.parametrize("name", [".", "missing/answer.wav", "file/answer.wav", "x" * 300])
def test_an_output_that_cannot_be_written_is_refused_before_recording(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    assert exit_status(main, ["--out", str(tmp_path / name)]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert "choose another --out" in err
    assert err.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
