"""Loading the model, and what is decoded and scored from one encoding."""

from pathlib import Path

import numpy as np
import pytest

from core.errors import ModelError
from core.models import TINY_EN, packaged_folder
from core.speech import whisper as whisper_module
from core.speech.audio import SAMPLE_RATE, Clip, read_clip
from core.speech.recognizer import Recognizer
from core.speech.whisper import FULL_WINDOW_S, WINDOW_S, Whisper
from core.speech.words import spoken_words


@pytest.fixture(scope="module")
def whisper(recognizer: Recognizer) -> Whisper:
    return recognizer._whisper


@pytest.fixture(scope="module")
def call(scenario_clips: list[Path]) -> Clip:
    return read_clip(scenario_clips[0])


@pytest.mark.parametrize(
    ("duration_s", "window_s"), [(0.1, WINDOW_S), (2.0, WINDOW_S), (12.2, 16.0), (29.9, FULL_WINDOW_S)]
)
def test_the_window_is_fitted_to_the_clip(whisper: Whisper, duration_s: float, window_s: float) -> None:
    encoded = whisper.encode(Clip(np.zeros(round(duration_s * SAMPLE_RATE), dtype=np.float32)))
    assert encoded.window_s == window_s
    assert encoded.output.shape[:2] == (1, round(window_s * 50))


def test_a_fitted_window_hears_what_the_full_one_hears(whisper: Whisper, call: Clip) -> None:
    fitted, full = whisper.encode(call), whisper.encode(call, FULL_WINDOW_S)
    assert fitted.window_s < full.window_s
    texts = [whisper.decode(encoded)[0].text for encoded in (fitted, full)]
    assert [spoken_words(text) for text in texts] == [("call", "meg")] * 2


def test_an_n_best_is_sorted_and_its_scores_are_those_of_the_texts(whisper: Whisper, call: Clip) -> None:
    encoded = whisper.encode(call)
    n_best = whisper.decode(encoded, count=5)
    assert [one.avg_logprob for one in n_best] == sorted((one.avg_logprob for one in n_best), reverse=True)
    assert len({one.text for one in n_best}) > 1
    texts = [one.text for one in n_best if tuple(whisper.encode_text(f" {one.text}")) == one.tokens]
    expected = [one.logprob for one in n_best if one.text in texts]
    assert whisper.score(encoded, (), texts) == pytest.approx(expected, abs=1.5)


def test_what_was_said_is_likelier_than_what_was_not(whisper: Whisper, call: Clip) -> None:
    said, unsaid = whisper.score(whisper.encode(call), (), ["Call Meg.", "Turn on the kitchen light."])
    assert said > unsaid + 5.0
    assert whisper.score(whisper.encode(call), (), []) == []


def test_scores_do_not_depend_on_what_is_scored_beside_them(whisper: Whisper, call: Clip) -> None:
    encoded = whisper.encode(call)
    alone = [score for text in ("Call Meg.", "Call Peg, please.") for score in whisper.score(encoded, (), [text])]
    assert whisper.score(encoded, (), ["Call Meg.", "Call Peg, please."]) == pytest.approx(alone, abs=1e-3)


@pytest.mark.parametrize(
    ("flags", "threads", "is_apart"),
    [
        ("flags : fma avx2 avx512_vnni", 2, True),
        ("flags : fma avx2 avx_vnni", 2, True),
        ("flags : fma avx2", 2, False),
        ("flags : fma avx2 avx512_vnni", 1, False),
        (None, 2, True),
    ],
)
def test_the_decoder_has_one_thread_where_8_bit_numbers_are_multiplied_fast(
    flags: str | None, threads: int, is_apart: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(whisper_module, "CPU_INFO", tmp_path / "cpuinfo")
    if flags is not None:
        (tmp_path / "cpuinfo").write_text(flags)
    loaded = Whisper.load("tiny.en", threads)
    assert (loaded._decoder is not loaded._whisper.model) == is_apart


@pytest.fixture
def no_hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Neither a network nor a cache, whatever this machine has."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))


@pytest.mark.usefixtures("no_hub")
@pytest.mark.parametrize("model", ["small", "no-such-model", "nobody/no-such-model", "a/b/c", "TINY.EN"])
def test_a_model_that_is_not_there_is_an_error_in_one_line_that_names_the_way_out(model: str) -> None:
    with pytest.raises(ModelError, match=rf"^The model '{model}' is neither packaged nor a folder, ") as caught:
        Recognizer.load(model, threads=1)
    assert "Packaged: tiny.en" in str(caught.value)
    assert "\n" not in str(caught.value)


def copy_model(folder: Path, leave_out: str = "") -> Path:
    for path in packaged_folder(TINY_EN).iterdir():
        if path.is_file() and path.name != leave_out:
            (folder / path.name).symlink_to(path)
    return folder


def test_a_folder_is_loaded_like_the_packaged_model(tmp_path: Path, call: Clip) -> None:
    loaded = Recognizer.load(str(copy_model(tmp_path)), threads=2)
    assert loaded.model_sha256 == TINY_EN.sha256["model.bin"]
    assert loaded.recognize(call).text == "call Meg"


def test_a_folder_without_model_bin_says_so(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"holds no model\.bin; give a folder"):
        Recognizer.load(str(copy_model(tmp_path, leave_out="model.bin")), threads=1)


@pytest.mark.parametrize(
    ("name", "kept_bytes"), [("model.bin", 0), ("model.bin", 30_000_000), ("tokenizer.json", 0), ("tokenizer.json", 99)]
)
def test_a_half_copied_folder_is_a_model_error_in_one_line(tmp_path: Path, name: str, kept_bytes: int) -> None:
    copy_model(tmp_path, leave_out=name)
    (tmp_path / name).write_bytes((packaged_folder(TINY_EN) / name).read_bytes()[:kept_bytes])
    with pytest.raises(ModelError, match="cannot be loaded; its folder is incomplete or no Whisper") as caught:
        Recognizer.load(str(tmp_path), threads=1)
    assert "\n" not in str(caught.value)


def test_any_number_of_threads_hears_the_same(scenario_clips: list[Path]) -> None:
    answer = read_clip(scenario_clips[1])
    heard = []
    for threads in (1, 2):
        whisper = Whisper.load("tiny.en", threads)
        encoded, prompt = whisper.encode(answer), whisper.encode_text(" Meg Bauer, Meg Jones.")
        best = whisper.decode(encoded, prompt)[0]
        heard.append((best.text, best.logprob, *whisper.score(encoded, prompt, ["Bauer."])))
    (text, *scores), (same_text, *same_scores) = heard
    assert text == same_text
    assert scores == pytest.approx(same_scores, abs=0.2)  # 8-bit sums may be added up in another order


def test_only_a_small_model_is_in_memory_twice(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(whisper_module, "CPU_INFO", tmp_path / "none")
    small = Whisper.load("tiny.en", 2)
    assert small._decoder is not small._whisper.model
    monkeypatch.setattr(whisper_module, "SMALL_BYTES", 1_000_000)
    large = Whisper.load("tiny.en", 2)
    assert large._decoder is large._whisper.model
