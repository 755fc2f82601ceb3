"""The prompt, with the real tokenizer."""

import json
import string

import pytest
from tokenizers import Tokenizer

from core.models import TINY_EN, packaged_folder
from core.speech.prompt import (
    MAX_HOTWORD_CHARS,
    MAX_TOKENS,
    build_prompt,
    clean_hotword,
    write_hotword,
    write_like_whisper,
)

SPECIAL = "<|endoftext|>"
FULL_WIDTH = "＜|endoftext|＞"  # noqa: RUF001 - NFKC makes it the one above
MOST_OF_THE_PROMPT = " ".join("x" * (MAX_TOKENS * 3 // 4))  # a token each
SURNAMES = [
    f"{first}{second}" for first in ("Achter", "Oku", "Veld", "Norr", "Szab") for second in ("berg", "ado", "i")
]


def many_names(count: int) -> list[str]:
    return [f"{SURNAMES[number % len(SURNAMES)]} {number}" for number in range(count)]


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
    assert len(tokens) <= MAX_TOKENS
    assert encode.calls <= len(texts) + 2
    assert encode.longest <= MAX_HOTWORD_CHARS + 1
    short = [text for text in texts if len(text) <= MAX_HOTWORD_CHARS]
    assert bool(short) == bool(prompted)
    assert not short or len(tokens) > MAX_TOKENS - len(encode(f", {short[0]}")) - 2


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


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("Barrel + Vine", "Barrel and Vine"),
        ("Disney+", "Disney plus"),
        ("#1 Crush", "number one Crush"),
        ("Anna @ Work", "Anna at Work"),
        ("AC/DC", "ACDC"),
        ("Kitchen/Dining", "Kitchen Dining"),
        ("Kitchen - Left", "Kitchen Left"),
        ("2001: A Space Odyssey", "2001 A Space Odyssey"),
        ('"Weird Al" Yankovic', "Weird Al Yankovic"),
        ("Rock 'n' Roll", "Rock and Roll"),
        (SPECIAL, "endoftext"),
        ("Fig & Olive", "Fig & Olive"),
        ("Jean-Luc O'Brien", "Jean-Luc O'Brien"),
        ("JEAN-LUC O'BRIEN", "Jean-Luc O'Brien"),
        ("DJ SHADOW", "DJ Shadow"),
        ("LED Strip", "LED Strip"),
        ("oluchi nwankwo", "Oluchi Nwankwo"),
        ("lights of the garden", "Lights of the Garden"),
        ("alimentary", "alimentary"),
        ("iPhone von Łukasz", "iPhone von Łukasz"),
        ("“Heron Street”", "Heron Street"),
        ("McGinty’s", "McGinty's"),  # noqa: RUF001
        ("Rock ’n’ Roll", "Rock and Roll"),  # noqa: RUF001
        ("Meg Bauer ❤️", "Meg Bauer"),
        ("Mom❤️", "Mom"),
        ("🎂 Meg Bauer 👩‍🔧", "Meg Bauer"),
        ("🎂", ""),
        ("…", ""),
    ],
)
def test_a_name_is_written_as_whisper_may_write_it(text: str, written: str) -> None:
    assert write_like_whisper(text) == written


def test_no_sign_of_what_is_written_is_one_that_the_model_suppresses(tokenizer: Tokenizer) -> None:
    config = json.loads((packaged_folder(TINY_EN) / "config.json").read_text("utf-8"))
    signs = string.punctuation + "♪「」“”„«»"
    text = write_like_whisper(" ".join(f"a {sign} b{sign}c {sign}d e{sign}" for sign in signs))
    assert not set(config["suppress_ids"]).intersection(tokenizer.encode(f" {text}", add_special_tokens=False).ids)


def test_a_hotword_is_cleaned_and_written_and_a_long_one_is_none() -> None:
    assert write_hotword("\x1b MEG\0 BAUER (WORK)") == "Meg Bauer Work"
    assert write_hotword("a" * (MAX_HOTWORD_CHARS + 1)) == ""
