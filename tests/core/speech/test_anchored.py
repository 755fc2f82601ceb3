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
from tests.paths import DATA

if TYPE_CHECKING:
    from core.speech.recognizer import Recognizer

AUDIO = DATA / "background" / "audio"
CLIP = Clip(np.zeros(SAMPLE_RATE, dtype=np.float32))
LESS = Clip(np.zeros(SAMPLE_RATE // 2, dtype=np.float32))


@pytest.fixture(scope="module")
def voices() -> VoiceModels:
    return VoiceModels.load(threads=2)


def test_a_voice_after_the_request_is_not_heard(recognizer: "Recognizer", voices: VoiceModels) -> None:
    clip = read_clip(AUDIO / "dev-background-2-after.flac")
    result = recognize_anchored(clip, recognizer, voices)
    assert result.anchored.outcome == "filtered"
    assert len(result.without_anchoring.text.split()) > 15
    assert result.with_anchoring.text == "Alexa, what will the weather be like on Friday?"


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
    assert len(leave_out_others(clip, heard, recognizer, voices).versions) == 1 + len(STRENGTHS)
    sure = replace(heard, avg_logprob=SURE + 0.01)
    assert leave_out_others(clip, sure, recognizer, voices).clip is clip


def test_one_voice_alone_stays_as_it_is(recognizer: "Recognizer", voices: VoiceModels) -> None:
    clip = read_clip(AUDIO / "dev-background-2-clean.flac")
    result = recognize_anchored(clip, recognizer, voices)
    assert result.anchored.clip is clip
    assert result.with_anchoring is result.without_anchoring


def hear(text: str, version: int = 0) -> Recognition:
    hypothesis = Hypothesis(text, -0.5, 0.0, 1.0)
    return Recognition(hypothesis, hypothesis, "empty", (), 1.0, version=version)


@pytest.mark.parametrize(
    ("text", "version", "left_out", "is_kept"),
    [
        ("Alexa, call Meg.", 2, (), True),
        ("Alexa, call Meg.", 0, (), False),
        ("Alexa, call Meg.", 0, (Span(0.6, 0.9),), True),
        ("", 0, (), False),
        ("", 0, (Span(0.6, 0.9),), False),
    ],
)
def test_silence_and_the_clip_as_it_was_are_no_better_than_what_was_heard(
    text: str, version: int, left_out: tuple[Span, ...], is_kept: bool
) -> None:
    whole, filtered = hear("Alexa, coal Meg."), hear(text, version)
    anchored = Anchored(LESS, "filtered", Span(0.0, 0.5), left_out, quieter=(CLIP, LESS))
    chosen, result = hear_filtered(CLIP, whole, anchored, {anchored.versions: filtered}.__getitem__)
    assert chosen is (filtered if is_kept else whole)
    kept = replace(anchored, clip=anchored.versions[version], quieter=(), turned_down=version > 0)
    assert result == (kept if is_kept else Anchored(CLIP, "unsure", Span(0.0, 0.5)))


def test_where_nothing_was_filtered_nobody_listens_again() -> None:
    heard: dict[tuple[Clip, ...], Recognition] = {}
    whole, anchored = hear(""), Anchored(CLIP, "no_anchor")
    assert hear_filtered(CLIP, whole, anchored, heard.__getitem__) == (whole, anchored)
