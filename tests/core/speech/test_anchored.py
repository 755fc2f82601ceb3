"""Recognition held against the wake word's voice, on the shipped clips, and what is not believed."""

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from core.speech.anchored import SURE, hear_filtered, leave_out_others, recognize_anchored
from core.speech.anchoring import Anchored, Span
from core.speech.audio import SAMPLE_RATE, Clip, read_clip
from core.speech.recognition import Hypothesis, Recognition
from core.speech.voice_mask import STRENGTHS
from core.speech.voice_models import VoiceModels
from evals.mixing import mix_voices, trim
from tests.paths import DATA

if TYPE_CHECKING:
    from core.speech.recognizer import Recognizer

AUDIO = DATA / "background" / "audio"
CLIP = Clip(np.zeros(SAMPLE_RATE, dtype=np.float32))
LESS = Clip(np.zeros(SAMPLE_RATE // 2, dtype=np.float32))
QUIETER: tuple[Clip, ...] = (Clip(LESS.samples + np.float32(0.1)), Clip(LESS.samples + np.float32(0.2)))


@pytest.fixture(scope="module")
def voices() -> VoiceModels:
    return VoiceModels.load(threads=2)


def test_a_voice_after_the_request_is_not_heard(recognizer: "Recognizer", voices: VoiceModels) -> None:
    clip = read_clip(AUDIO / "dev-background-2-after.flac")
    result = recognize_anchored(clip, recognizer, voices)
    assert result.anchored.outcome == "filtered"
    assert len(result.without_anchoring.text.split()) > 15
    assert result.with_anchoring.text == "Alexa, what will the weather be like on Friday?"


def test_a_voice_that_goes_on_without_a_pause_is_not_heard(recognizer: "Recognizer", voices: VoiceModels) -> None:
    asking, other = (trim(read_clip(AUDIO / f"dev-background-{number}-clean.flac").samples) for number in (6, 7))
    padded = np.pad(asking, (0, SAMPLE_RATE))
    start_s = asking.size / SAMPLE_RATE - 0.5
    clip = Clip(mix_voices(padded, other[SAMPLE_RATE:], "over", 5.0, start_s).samples)
    result = recognize_anchored(clip, recognizer, voices)
    assert result.without_anchoring.text == "Alexa, call the garage about the brakes in the bedroom."
    assert result.with_anchoring.text == "Alexa, call the garage about the brakes."
    assert result.anchored.outcome == "filtered"
    assert len(result.anchored.background) == 1


def test_a_voice_at_the_same_time_is_made_quieter_and_nobody_is_left_out(
    recognizer: "Recognizer", voices: VoiceModels
) -> None:
    clip = read_clip(AUDIO / "dev-background-6-over.flac")
    result = recognize_anchored(clip, recognizer, voices)
    assert result.without_anchoring.text == "Alexa, call the garage on the brakes."
    assert result.with_anchoring.text == "Alexa, call the garage about the brakes."
    assert (result.anchored.outcome, result.anchored.turned_down) == ("filtered", True)
    assert (result.anchored.background, result.anchored.kept) == ((), None)
    assert result.anchored.clip.duration_s == clip.duration_s


def test_what_was_heard_surely_stays(recognizer: "Recognizer", voices: VoiceModels) -> None:
    clip = read_clip(AUDIO / "dev-background-6-over.flac")
    heard = recognizer.recognize(clip).without_context
    assert heard.avg_logprob < SURE
    assert len(leave_out_others(clip, heard, recognizer, voices).quieter) == len(STRENGTHS)
    sure = replace(heard, avg_logprob=SURE + 0.01)
    assert leave_out_others(clip, sure, recognizer, voices).clip is clip


def test_one_voice_alone_stays_as_it_is(recognizer: "Recognizer", voices: VoiceModels) -> None:
    clip = read_clip(AUDIO / "dev-background-2-clean.flac")
    result = recognize_anchored(clip, recognizer, voices)
    assert result.anchored.clip is clip
    assert result.with_anchoring is result.without_anchoring


def hear(text: str) -> Recognition:
    hypothesis = Hypothesis(text, -0.5, 0.0, 1.0)
    return Recognition(hypothesis, hypothesis, "empty", (), 1.0)


@pytest.mark.parametrize(
    ("text", "turned_down", "is_kept"),
    [
        ("Alexa, call Meg.", True, True),
        ("", True, False),
        ("", False, False),
        ("Alexa, call Meg. Call Meg now. Alexa call Meg.", True, False),
        ("Alexa, call Meg. Call Meg now. Alexa call Meg.", False, True),
    ],
)
def test_silence_and_repetition_are_no_better_than_what_was_heard(text: str, turned_down: bool, is_kept: bool) -> None:
    whole, filtered = hear("Alexa, coal Meg."), hear(text)
    anchored = Anchored(LESS, "filtered", Span(0.0, 0.5), quieter=QUIETER if turned_down else ())
    chosen, result = hear_filtered(CLIP, whole, anchored, {QUIETER if turned_down else (LESS,): filtered}.__getitem__)
    assert chosen is (filtered if is_kept else whole)
    assert result == (anchored if is_kept else Anchored(CLIP, "unsure", Span(0.0, 0.5)))


def test_who_repeats_himself_may_do_so() -> None:
    repeated = "Call Meg Jones, I said, call Meg Jones."
    filtered = hear(repeated)
    anchored = Anchored(LESS, "filtered", quieter=QUIETER)
    whole = hear(repeated.replace("said", "sat"))
    assert hear_filtered(CLIP, whole, anchored, {QUIETER: filtered}.__getitem__) == (filtered, anchored)


def test_where_nothing_was_filtered_nobody_listens_again() -> None:
    heard: dict[tuple[Clip, ...], Recognition] = {}
    whole, anchored = hear(""), Anchored(CLIP, "no_anchor")
    assert hear_filtered(CLIP, whole, anchored, heard.__getitem__) == (whole, anchored)
