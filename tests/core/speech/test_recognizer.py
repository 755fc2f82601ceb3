"""The recogniser with the real tiny.en on real sound."""

import random
import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.context.bias import EMPTY, BiasList, build_bias_list
from core.dialogue import ContextItem, Signal
from core.models import TINY_EN
from core.settings import ROOT
from core.speech.audio import SAMPLE_RATE, Clip, decode_clip, read_clip
from core.speech.gate import WEIGHTS
from core.speech.phone_head import PhoneHead
from core.speech.prompt import MAX_HOTWORD_CHARS, MAX_TOKENS
from core.speech.recognition import Recognition
from core.speech.recognizer import Recognizer
from core.speech.voice import Voice
from core.speech.whisper import SPARE_TOKENS
from core.speech.words import spoken_words

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
ALIKE = ("Ann Power", "Tom Bower", "Ida Bowers", "Ben Tower", "Max Bauers", "Lea Brauer", "Power Tower", "Meg Power")
SURNAMES = [
    f"{first}{second}" for first in ("Achter", "Oku", "Veld", "Norr", "Szab") for second in ("berg", "ado", "i")
]


def bias_of(*texts: str) -> BiasList:
    return build_bias_list((ContextItem("contacts", text), 0.5) for text in texts)


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


def test_without_a_bias_list_both_arms_are_the_same_object(recognizer: Recognizer, call: Clip) -> None:
    recognition = recognizer.recognize(call)
    assert recognition.text == "call Meg"
    assert recognition.with_context is recognition.without_context
    assert (recognition.outcome, len(recognition.prompted)) == ("empty", 0)
    assert recognizer.recognize(call, EMPTY).without_context.avg_logprob == recognition.without_context.avg_logprob


def test_the_same_clip_is_power_without_context_and_bauer_with_it(recognizer: Recognizer, answer: Clip) -> None:
    recognition = recognizer.recognize(answer, bias_of(*MEGS))
    assert heard(recognition) == ("Power.", "Bauer.")
    assert recognition.text == "Bauer."
    assert (recognition.outcome, recognition.prompted) == ("used", ("Meg Bauer",))  # Jones sounds otherwise
    assert recognition.with_context.avg_logprob > recognition.without_context.avg_logprob
    assert min(recognition.encode_ms, recognition.without_context.decode_ms, recognition.with_context.decode_ms) > 0.0


def name_and_add(named: Sequence[str], others: Sequence[str]) -> BiasList:
    items = [ContextItem("prior_turn", text) for text in named] + [ContextItem("contacts", text) for text in others]
    return build_bias_list((item, 0.5) for item in items)


@given(others=st.lists(st.sampled_from(ALIKE), unique=True, min_size=1))
@settings(max_examples=12)
def test_what_was_just_named_is_heard_whatever_else_is_known(
    recognizer: Recognizer, answer: Clip, others: list[str]
) -> None:
    named_alone = recognizer.recognize(answer, name_and_add(MEGS, []))
    with_others = recognizer.recognize(answer, name_and_add(MEGS, others))
    assert heard(with_others) == ("Power.", "Bauer.")
    assert with_others.prompted == named_alone.prompted
    assert with_others.changes == named_alone.changes


def test_where_nothing_that_was_named_is_heard_all_else_is_asked_for(recognizer: Recognizer, answer: Clip) -> None:
    recognition = recognizer.recognize(answer, name_and_add(["Anders Wallin", "Priya Nair"], MEGS))
    assert heard(recognition) == heard(recognizer.recognize(answer, bias_of(*MEGS, "Anders Wallin", "Priya Nair")))


def test_the_version_that_is_heard_best_is_recognised_with_the_context(recognizer: Recognizer, answer: Clip) -> None:
    noise = np.random.default_rng(4).normal(0.0, 0.3, answer.samples.size)
    drowned = Clip((answer.samples + noise).clip(-1.0, 1.0).astype(np.float32))
    alone = recognizer.recognize(answer, bias_of(*MEGS))
    best = recognizer.recognize_best((drowned, answer, drowned), bias_of(*MEGS))
    assert heard(recognizer.recognize(drowned)) != heard(best) == heard(alone)
    assert best.changes == alone.changes
    assert best.encode_ms > alone.encode_ms
    assert heard(recognizer.recognize_best((answer,), bias_of(*MEGS))) == heard(alone)


@pytest.mark.parametrize("name", SOUNDS)
def test_where_nobody_speaks_nothing_is_heard_whatever_the_bias(recognizer: Recognizer, name: str) -> None:
    recognition = recognizer.recognize(Clip(SOUNDS[name].astype(np.float32)), bias_of(*MEGS))
    assert heard(recognition) == ("", "")
    assert (recognition.outcome, len(recognition.prompted)) == ("rejected", 0)


def test_an_answer_that_babble_drowns_is_heard_where_the_context_holds_it(recognizer: Recognizer) -> None:
    drowned = read_clip(ROOT / "data/followups/audio/dev-places-borrego-2.flac")
    expected = recognizer.recognize(drowned, bias_of("Borrego Cantina", "Mezquite Cantina"))
    assert heard(expected) == ("", "Borrego Cantina.")
    assert expected.outcome == "used"
    assert [(change.was, change.now) for change in expected.changes] == [("", "Borrego Cantina.")]
    unexpected = recognizer.recognize(drowned, bias_of(*MEGS))
    assert (heard(unexpected), unexpected.outcome) == (("", ""), "rejected")


@pytest.mark.parametrize(
    ("texts", "prompted"),
    [
        pytest.param([SPECIAL] * 50 + MEGS, None, id="control tokens"),
        pytest.param([FULL_WIDTH] * 50 + MEGS, None, id="full-width control tokens"),
        pytest.param(["Meg\n\nBauer\r\0", "\x1b[31m", "\u2028", *MEGS], 1, id="control characters"),
        pytest.param(["Xiomara " * 12_500, *MEGS], 1, id="a name of 100 kB"),
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
    assert len(recognition.prompted) <= MAX_TOKENS
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
    """The real model, kept from ending any text; notes how many tokens each search then has room for."""

    def __init__(self, model: Any, end: int) -> None:
        self.lengths: list[int] = []
        self._model = model
        self._end = end

    def __getattr__(self, name: str) -> Any:
        return getattr(self._model, name)

    def generate(self, *arguments: Any, **options: Any) -> Any:
        if options["beam_size"] == 1:  # nothing is searched
            return self._model.generate(*arguments, **options)
        results = self._model.generate(*arguments, suppress_tokens=[self._end], **options)
        self.lengths.append(len(results[0].sequences_ids[0]))
        return results


@pytest.fixture
def never_ending(recognizer: Recognizer, monkeypatch: pytest.MonkeyPatch) -> NeverEnding:
    whisper = recognizer._whisper
    model = NeverEnding(whisper._decoder, whisper._tokenizer.eot)
    monkeypatch.setattr(whisper, "_decoder", model)
    return model


def test_both_arms_have_room_for_the_same_number_of_tokens(
    recognizer: Recognizer, answer: Clip, never_ending: NeverEnding
) -> None:
    recognizer.recognize(answer, bias_of("Bauer", *many_names(60)))
    without_context, again_in_the_full_window, with_context = never_ending.lengths[:3]
    assert without_context == again_in_the_full_window == with_context
    assert SPARE_TOKENS < without_context < 2 * SPARE_TOKENS


def test_the_recogniser_says_what_decides_its_results(recognizer: Recognizer) -> None:
    assert recognizer.model_name == "tiny.en"
    assert recognizer.model_sha256 == TINY_EN.sha256["model.bin"]
    assert recognizer.settings["prompt_tokens"] == MAX_TOKENS
    head = PhoneHead.find(recognizer.model_sha256)
    assert head is not None
    assert recognizer.settings["phone_head"] == head.sha256
    assert len(str(recognizer.settings["gate"]).split()) == len(WEIGHTS)


def test_every_possible_text_but_the_plain_one_holds_a_word_of_the_context(
    recognizer: Recognizer, answer: Clip
) -> None:
    heard, possible = recognizer.weigh(answer, bias_of(*MEGS))
    assert possible is not None
    others = [text for text in possible.scored if text != heard.hypothesis.text]
    assert "Bauer." in others
    assert all({"meg", "bauer", "jones"} & set(spoken_words(text)) for text in others)
    assert not any(text.endswith(",") for text in others)


@pytest.mark.parametrize(
    ("clip", "items"),
    [
        ("dev-contacts-idris-2", ("Idris Okonjo", "Idris Lindqvist")),
        ("dev-devices-alcove-2", ("Cloister Lamp", "Alcove Lamp")),
        ("dev-places-sarsaparilla-2", ("Sarsaparilla Bar", "Sandalwood Bar")),
    ],
)
def test_an_item_is_not_written_as_the_list_of_the_prompt_is(
    recognizer: Recognizer, clip: str, items: tuple[str, ...]
) -> None:
    said = read_clip(ROOT / "data" / "followups" / "audio" / f"{clip}.flac")
    _, possible = recognizer.weigh(said, bias_of(*items))
    assert possible is not None
    assert [text for text in possible.scored if "," in text] == []
    assert recognizer.recognize(said, bias_of(*items)).with_context.text == f"{items[0]}."


@pytest.mark.parametrize(
    ("signal", "named"), [("contacts", set()), ("prior_turn", {"meg", "bauer"}), ("earlier_turns", {"meg", "bauer"})]
)
def test_what_the_assistant_has_said_is_named_however_long_ago(
    recognizer: Recognizer, answer: Clip, signal: Signal, named: set[str]
) -> None:
    _, possible = recognizer.weigh(answer, build_bias_list([(ContextItem(signal, "Meg Bauer"), 0.5)]))
    assert possible is not None
    assert possible.gate.around.named == named


def test_where_no_text_may_be_right_the_decoder_is_not_asked_again(
    recognizer: Recognizer, answer: Clip, never_ending: NeverEnding
) -> None:
    recognition = recognizer.recognize(answer, bias_of("Zygmunt Szczecki", "Chichester"))
    assert (recognition.outcome, recognition.prompted) == ("used", ())
    assert len(never_ending.lengths) == 2  # plainly, in either window


UNLIKE = ["Kitchen Thermostat", "Shakshuka", "Zygmunt Szczecki", "Humphrey Fitzgerald", "Dishwasher", "Chichester"]
"""Nothing of which sounds like "Power." or "Bauer."."""


@settings(max_examples=12)
@given(st.lists(st.sampled_from(UNLIKE), unique=True), st.randoms(use_true_random=False))
def test_what_sounds_and_means_like_nothing_said_changes_nothing_in_any_order(
    recognizer: Recognizer, answer: Clip, others: list[str], dice: random.Random
) -> None:
    items = [(ContextItem("contacts", text), 0.0) for text in (*MEGS, *others)]
    expected = recognizer.recognize(answer, build_bias_list((ContextItem("contacts", text), 0.0) for text in MEGS))
    shuffled = recognizer.recognize(answer, build_bias_list(dice.sample(items, len(items))))
    assert heard(shuffled) == heard(expected) == ("Power.", "Bauer.")
    assert shuffled.alternative == expected.alternative
    assert shuffled.prompted == expected.prompted


def test_a_possessive_keeps_its_ending(recognizer: Recognizer) -> None:
    clip = decode_clip(Voice().speak("It is Bauer's turn.").wav)
    recognition = recognizer.recognize(clip, bias_of(*MEGS))
    assert recognition.without_context.text != recognition.text == "It is Bauer's turn."
    assert recognition.changes[0].hotword is not None
    assert recognition.changes[0].hotword.text == "Meg Bauer"


@pytest.mark.parametrize(
    ("said", "written"), [("B, A, U, E, R.", "B-A-U-E-R"), ("J-O-N-E-S.", "J-O-N-E-S"), ("Jones.", "Jones")]
)
def test_a_name_that_is_spelled_is_heard_letter_by_letter(recognizer: Recognizer, said: str, written: str) -> None:
    clip = decode_clip(Voice().speak(said).wav)
    recognition = recognizer.recognize(clip, bias_of(*MEGS))
    assert recognition.text.removesuffix(".") == written  # whether Whisper ends it hangs on the processor
    assert all(change.reason.endswith(", from contacts") for change in recognition.changes)
    other = recognizer.recognize(clip, bias_of("Rob Power", "Ann Hour"))
    assert other.text == other.without_context.text


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("Salt and Straw.", "Salt & Straw"),
        ("Barrel and Vine.", "Barrel + Vine"),
        ("Henry the eighth.", "Henry VIII"),
        ("J F K.", "JFK"),
        ("Disney plus.", "Disney+"),
        ("Doctor Imelda Frost.", "Dr. Imelda Frost"),
    ],
)
def test_a_name_is_written_as_it_is_listed_however_it_is_said(recognizer: Recognizer, said: str, name: str) -> None:
    clip = decode_clip(Voice().speak(said).wav)
    recognition = recognizer.recognize(clip, bias_of(name, "Thyme & Again", "Richard III", "U2"))
    assert recognition.text.removesuffix(".") == name
    assert recognition.outcome == "used"
    assert {change.reason for change in recognition.changes} <= {f"{name}, from contacts"}


@pytest.mark.parametrize("names", [("MEG BAUER", "MEG JONES"), ("meg bauer", "meg jones"), ("Meg Bauer (work)",)])
def test_a_list_in_capitals_or_small_letters_is_a_list_of_names(
    recognizer: Recognizer, answer: Clip, names: tuple[str, ...]
) -> None:
    recognition = recognizer.recognize(answer, bias_of(*names))
    assert heard(recognition) == ("Power.", "Bauer.")
    assert recognition.changes[0].reason == f"{names[0]}, from contacts"
