"""The recogniser with the real tiny.en on real sound."""

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tokenizers import Tokenizer

from core.context.bias import EMPTY, BiasList, Hotword
from core.dialogue import ContextItem
from core.errors import ModelError
from core.models import TINY_EN, packaged_folder
from core.speech.audio import SAMPLE_RATE, Clip, read_clip
from core.speech.recognition import Recognition
from core.speech.recognizer import (
    MAX_HOTWORD_CHARS,
    PROMPT_TOKENS,
    SPARE_TOKENS,
    Recognizer,
    build_prompt,
    clean_hotword,
)

TIME_S = np.arange(2 * SAMPLE_RATE) / SAMPLE_RATE
SOUNDS = {
    "zeros": np.zeros(2 * SAMPLE_RATE),
    "quiet noise": np.random.default_rng(0).normal(0.0, 0.001, 2 * SAMPLE_RATE),
    "hum": 0.1 * np.sin(2 * np.pi * 50 * TIME_S),
    "one sample": np.full(1, 0.1),
}
SPECIAL = "<|endoftext|>"
FULL_WIDTH = "＜|endoftext|＞"  # noqa: RUF001 - NFKC makes it the one above
MEGS = ["Meg Bauer", "Meg Jones"]
MOST_OF_THE_PROMPT = " ".join("x" * (PROMPT_TOKENS * 3 // 4))  # a token each
SURNAMES = [
    f"{first}{second}" for first in ("Achter", "Oku", "Veld", "Norr", "Szab") for second in ("berg", "ado", "i")
]


def bias_of(*texts: str) -> BiasList:
    return BiasList(tuple(Hotword(text, ContextItem("contacts", text), 0.5) for text in texts))


def many_names(count: int) -> list[str]:
    return [f"{SURNAMES[number % len(SURNAMES)]} {number}" for number in range(count)]


def heard(recognition: Recognition) -> tuple[str, str]:
    return recognition.without_context.text, recognition.with_context.text


@pytest.fixture(scope="module")
def call(scenario_clips: list[Path]) -> Clip:
    return read_clip(scenario_clips[0])


@pytest.fixture(scope="module")
def answer(scenario_clips: list[Path]) -> Clip:
    return read_clip(scenario_clips[1])


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    """The model's own tokenizer, read apart from the recogniser."""
    tokenizer = Tokenizer.from_file(str(packaged_folder(TINY_EN) / "tokenizer.json"))
    tokenizer.encode_special_tokens = True
    return tokenizer


class CountingEncoder:
    """Encodes with the real tokenizer and counts how often, and how much."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self.calls = 0
        self.longest = 0
        self._tokenizer = tokenizer

    def __call__(self, text: str) -> list[int]:
        self.calls += 1
        self.longest = max(self.longest, len(text))
        ids: list[int] = self._tokenizer.encode(text, add_special_tokens=False).ids
        return ids


@pytest.fixture
def encode(tokenizer: Tokenizer) -> CountingEncoder:
    return CountingEncoder(tokenizer)


def test_without_a_bias_list_both_arms_are_the_same_object(recognizer: Recognizer, call: Clip) -> None:
    recognition = recognizer.recognize(call)
    assert recognition.text == "Call Meg."
    assert recognition.with_context is recognition.without_context
    assert (recognition.outcome, len(recognition.prompted)) == ("empty", 0)
    assert recognizer.recognize(call, EMPTY).without_context.avg_logprob == recognition.without_context.avg_logprob


def test_the_same_clip_is_power_without_context_and_bauer_with_it(recognizer: Recognizer, answer: Clip) -> None:
    recognition = recognizer.recognize(answer, bias_of(*MEGS))
    assert heard(recognition) == ("Power.", "Bauer.")
    assert recognition.text == "Bauer."
    assert (recognition.outcome, len(recognition.prompted)) == ("used", 2)
    assert recognition.with_context.avg_logprob > recognition.without_context.avg_logprob
    assert min(recognition.encode_ms, recognition.without_context.decode_ms, recognition.with_context.decode_ms) > 0.0


@pytest.mark.parametrize("name", SOUNDS)
def test_where_nobody_speaks_nothing_is_heard_whatever_the_bias(recognizer: Recognizer, name: str) -> None:
    recognition = recognizer.recognize(Clip(SOUNDS[name].astype(np.float32)), bias_of(*MEGS))
    assert heard(recognition) == ("", "")
    assert (recognition.outcome, len(recognition.prompted)) == ("rejected", 0)


@pytest.mark.parametrize(
    ("texts", "prompted"),
    [
        pytest.param([SPECIAL] * 50 + MEGS, None, id="control tokens"),
        pytest.param([FULL_WIDTH] * 50 + MEGS, None, id="full-width control tokens"),
        pytest.param(["Meg\n\nBauer\r\0", "\x1b[31m", "\u2028", *MEGS], 4, id="control characters"),
        pytest.param(["Xiomara " * 12_500, *MEGS], 2, id="a name of 100 kB"),
        pytest.param(many_names(5_000), None, id="5,000 names"),
    ],
)
def test_hostile_hotwords_leave_the_text_sensible(
    recognizer: Recognizer, answer: Clip, texts: list[str], prompted: int | None
) -> None:
    recognition = recognizer.recognize(answer, bias_of(*texts))
    plain, biased = heard(recognition)
    assert plain == "Power."
    assert re.fullmatch(r"[A-Za-z0-9 .,'?!-]{3,40}", biased)
    assert recognition.outcome == "used"
    assert len(recognition.prompted) <= PROMPT_TOKENS
    if prompted is not None:
        assert (len(recognition.prompted), biased) == (prompted, "Bauer.")


@pytest.mark.parametrize("texts", [["\0\n", ""], ["x" * 100_000], ["Ж" * (MAX_HOTWORD_CHARS - 1)]])
def test_where_no_hotword_fits_there_is_no_context(recognizer: Recognizer, answer: Clip, texts: list[str]) -> None:
    recognition = recognizer.recognize(answer, bias_of(*texts))
    assert recognition.with_context is recognition.without_context
    assert (recognition.outcome, len(recognition.prompted), recognition.text) == ("empty", 0, "Power.")


def test_threads_hear_the_same_as_one_after_another(recognizer: Recognizer, call: Clip, answer: Clip) -> None:
    def recognize(clip: Clip) -> list[tuple[str, float]]:
        recognition = recognizer.recognize(clip, bias_of(*MEGS))
        return [(arm.text, arm.avg_logprob) for arm in (recognition.without_context, recognition.with_context)]

    alone = [recognize(call), recognize(answer)]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(recognize, [call, answer] * 2)) == alone * 2


class NeverEnding:
    """The real model, kept from ending any text; notes how many tokens each decode then has room for."""

    def __init__(self, model: Any, end: int) -> None:
        self.lengths: list[int] = []
        self._model = model
        self._end = end

    def __getattr__(self, name: str) -> Any:
        return getattr(self._model, name)

    def generate(self, *arguments: Any, **options: Any) -> Any:
        results = self._model.generate(*arguments, suppress_tokens=[self._end], **options)
        self.lengths.append(len(results[0].sequences_ids[0]))
        return results


@pytest.fixture
def never_ending(recognizer: Recognizer, monkeypatch: pytest.MonkeyPatch) -> NeverEnding:
    model = NeverEnding(recognizer._whisper.model, recognizer._tokenizer.eot)
    monkeypatch.setattr(recognizer._whisper, "model", model)
    return model


def test_both_arms_have_room_for_the_same_number_of_tokens(
    recognizer: Recognizer, answer: Clip, never_ending: NeverEnding
) -> None:
    recognizer.recognize(answer, bias_of(*many_names(60)))
    without_context, with_context = never_ending.lengths
    assert without_context == with_context
    assert SPARE_TOKENS < without_context < 2 * SPARE_TOKENS


def test_the_prompt_is_the_list_as_one_sentence(encode: CountingEncoder, tokenizer: Tokenizer) -> None:
    tokens, prompted = build_prompt(["Meg Bauer", "Anna-Lena O'Brien", "the Alhambra"], encode)
    text = " Meg Bauer, Anna-Lena O'Brien, the Alhambra."
    assert tokens == encode(text)
    assert tokenizer.decode(tokens) == text
    assert len(prompted) == 3


@pytest.mark.parametrize(
    ("texts", "text", "prompted"),
    [
        ([], "", 0),
        (["", " \n", "\0"], "", 0),
        (["Meg"], " Meg.", 1),
        (["", "Meg", "\t", "Tom"], " Meg, Tom.", 2),
        (["Yahoo!", "Philz & Co."], " Yahoo!, Philz & Co..", 2),
        (["Ж" * 199, "Meg", "Ж" * 199, "Tom"], " Meg, Tom.", 2),
        ([MOST_OF_THE_PROMPT, MOST_OF_THE_PROMPT, "Meg"], f" {MOST_OF_THE_PROMPT}, Meg.", 2),
        (["y" * 100_000, "Meg"], " Meg.", 1),
        ([SPECIAL, "Meg"], f" {SPECIAL}, Meg.", 2),
    ],
)
def test_what_does_not_fit_or_is_empty_is_skipped(
    encode: CountingEncoder, tokenizer: Tokenizer, texts: list[str], text: str, prompted: int
) -> None:
    tokens, fitting = build_prompt(texts, encode)
    assert len(fitting) == prompted
    assert tokenizer.decode(tokens) == text


@pytest.mark.parametrize("special", [SPECIAL, FULL_WIDTH, "<|startoftranscript|>", "<|startofprev|>", "<|0.00|>"])
def test_no_hotword_becomes_a_control_token(encode: CountingEncoder, tokenizer: Tokenizer, special: str) -> None:
    tokens, prompted = build_prompt([special] * 50, encode)
    assert len(prompted) > 1
    first_control_token = tokenizer.token_to_id(SPECIAL)
    assert first_control_token is not None
    assert max(tokens) < first_control_token


@pytest.mark.parametrize("texts", [many_names(5_000), ["李" * 12] * 5_000, ["A"] * 5_000, ["z" * 300] * 5_000])
def test_a_long_list_fills_the_prompt_and_is_encoded_once(encode: CountingEncoder, texts: list[str]) -> None:
    tokens, prompted = build_prompt(texts, encode)
    assert len(tokens) <= PROMPT_TOKENS
    assert encode.calls <= len(texts) + 2
    assert encode.longest <= MAX_HOTWORD_CHARS + 1
    short = [text for text in texts if len(text) <= MAX_HOTWORD_CHARS]
    assert bool(short) == bool(prompted)
    assert not short or len(tokens) > PROMPT_TOKENS - len(encode(f", {short[0]}")) - 2


def test_the_best_come_first_and_stay_in_their_order(encode: CountingEncoder, tokenizer: Tokenizer) -> None:
    names = many_names(100)
    tokens, prompted = build_prompt(names, encode)
    kept = tokenizer.decode(tokens).strip(" .").split(", ")
    assert len(kept) == len(prompted)
    assert kept == [name for name in names if name in kept]
    assert kept[:5] == names[:5]


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("Meg Bauer", "Meg Bauer"),
        ("  Meg \n\r\t Bauer\0", "Meg Bauer"),
        ("Meg\u200bBauer", "Meg Bauer"),
        ("\x1b[31mMeg", "[31mMeg"),
        ("\u202eMeg\ud800", "Meg"),
        (FULL_WIDTH, SPECIAL),
        ("\uff2d\uff45\uff47", "Meg"),
        ("Zoe\u0308", "Zoë"),
        ("Søren Bjerregaard", "Søren Bjerregaard"),
        ("", ""),
        ("a" * MAX_HOTWORD_CHARS, "a" * MAX_HOTWORD_CHARS),
        ("a" * (MAX_HOTWORD_CHARS + 1), ""),
        ("a" + "\u0301\u0327" * 1_000_000, ""),
    ],
)
def test_a_hotword_is_one_line_of_printable_text(text: str, clean: str) -> None:
    assert clean_hotword(text) == clean


def test_the_recogniser_says_what_decides_its_results(recognizer: Recognizer) -> None:
    assert recognizer.model_name == "tiny.en"
    assert recognizer.model_sha256 == TINY_EN.sha256["model.bin"]
    assert recognizer.settings["prompt_tokens"] == PROMPT_TOKENS


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
    assert loaded.recognize(call).text == "Call Meg."


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
