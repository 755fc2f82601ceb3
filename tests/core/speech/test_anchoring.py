"""What is left out and what is kept: the rules alone, over voices that are plain numbers, and then the real models."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pytest

from core.settings import ROOT
from core.speech.anchoring import (
    AFTER_VOICE_S,
    SHORTEST_TAIL_S,
    Anchored,
    Span,
    Word,
    anchor_speech,
    find_wake_word,
    leave_out,
    silence,
)
from core.speech.audio import SAMPLE_RATE, Clip, Samples, read_clip
from core.speech.speaker import SpeakerEncoder, Vectors, measure_likeness

if TYPE_CHECKING:
    from core.speech.recognizer import Recognizer

BACKGROUND = ROOT / "data" / "background"
MINE, LIKE_MINE, OTHER, UNCLEAR, NEARLY = 0.1, 0.2, 0.3, 0.4, 0.5
WAKE_WORD = Span(1.0, 1.6)
ANGLES = {MINE: 0.0, LIKE_MINE: 0.7, OTHER: 1.4, UNCLEAR: 0.93, NEARLY: 1.0}


class PlainVoices:
    """A voice is a constant sample value; two voices are as unlike as the angle between their vectors."""

    def embed(self, samples: Samples) -> Vectors:
        angle = ANGLES[min(ANGLES, key=lambda voice: abs(voice - float(np.median(samples))))]
        return np.array([[np.cos(angle), np.sin(angle)]], dtype=np.float32)


@dataclass(frozen=True)
class PlainTrack:
    """Tells of every stretch that it is the anchor's to the same share, and that its voice ends at `end_s`."""

    share: float = 0.5
    end_s: float = 10.0

    def measure_shares(self, spans: Sequence[Span]) -> list[float]:
        return [self.share] * len(spans)

    def find_end(self) -> float:
        return self.end_s


def speak(*parts: tuple[float, float, float]) -> tuple[Clip, list[Span]]:
    """A clip of 10 s from parts (voice, start_s, end_s), and where they are."""
    samples = np.zeros(10 * SAMPLE_RATE, dtype=np.float32)
    spans = [Span(start_s, end_s) for _, start_s, end_s in parts]
    for (voice, *_), span in zip(parts, spans, strict=True):
        span.cut(samples)[:] = voice
    return Clip(samples), spans


def anchor(*parts: tuple[float, float, float], wake_word: Span | None = WAKE_WORD) -> Anchored:
    clip, spans = speak(*parts)
    return anchor_speech(clip, wake_word, spans, PlainVoices(), PlainTrack())


def test_another_voice_is_left_out_and_nothing_else_changes() -> None:
    request, other = (MINE, 1.0, 3.0), (OTHER, 3.5, 6.0)
    clip, spans = speak(request, other)
    result = anchor(request, other)
    assert (result.outcome, result.background, result.anchor) == ("filtered", (spans[1],), spans[0])
    assert result.kept == Span(0.0, 3.5)
    assert result.clip.duration_s == 3.5
    assert np.array_equal(spans[0].cut(result.clip.samples), spans[0].cut(clip.samples))


def test_what_lies_between_becomes_silence_and_what_lies_outside_is_cut_off() -> None:
    clip, spans = speak((OTHER, 0.0, 1.5), (MINE, 2.0, 4.0), (OTHER, 4.5, 6.0), (MINE, 6.5, 8.0), (OTHER, 8.5, 10.0))
    result = anchor_speech(clip, Span(2.0, 2.6), spans, PlainVoices(), PlainTrack())
    assert result.background == (spans[0], spans[2], spans[4])
    assert result.kept == Span(1.5, 8.5)
    heard = result.clip.samples
    assert heard.size == 7 * SAMPLE_RATE
    assert not Span(3.1, 4.4).cut(heard).any()
    assert np.array_equal(Span(0.5, 2.5).cut(heard), spans[1].cut(clip.samples))
    assert np.array_equal(leave_out(clip, result.background, result.kept).samples, heard)


@pytest.mark.parametrize(
    "other",
    [
        pytest.param((MINE, 3.5, 6.0), id="the same voice"),
        pytest.param((LIKE_MINE, 3.5, 6.0), id="a voice like it"),
        pytest.param((UNCLEAR, 3.5, 6.0), id="an unclear voice"),
        pytest.param((OTHER, 3.5, 3.9), id="too short to tell"),
    ],
)
def test_weak_evidence_changes_nothing_at_all(other: tuple[float, float, float]) -> None:
    clip, spans = speak((MINE, 1.0, 3.0), other)
    result = anchor_speech(clip, Span(1.0, 1.6), spans, PlainVoices(), PlainTrack())
    assert result.outcome == "unsure"
    assert result.clip is clip


@pytest.mark.parametrize(
    ("voice", "share", "outcome"),
    [
        (NEARLY, 0.5, "filtered"),
        (NEARLY, 1.0, "unsure"),
        (UNCLEAR, 0.5, "unsure"),
        (UNCLEAR, 0.0, "filtered"),
        (OTHER, 1.0, "filtered"),
    ],
)
def test_where_one_witness_is_unsure_the_other_decides(voice: float, share: float, outcome: str) -> None:
    clip, spans = speak((MINE, 1.0, 3.0), (voice, 3.5, 6.0))
    assert anchor_speech(clip, WAKE_WORD, spans, PlainVoices(), PlainTrack(share)).outcome == outcome


def test_who_goes_on_without_a_pause_is_cut_off() -> None:
    clip, spans = speak((MINE, 1.0, 5.0))
    result = anchor_speech(clip, WAKE_WORD, spans, PlainVoices(), PlainTrack(end_s=3.0))
    cut_s = 3.0 + AFTER_VOICE_S
    assert (result.outcome, result.background, result.kept) == (
        "filtered",
        (Span(cut_s, 5.0),),
        Span(0.0, cut_s),
    )
    assert np.array_equal(Span(0.0, 3.0).cut(result.clip.samples), Span(0.0, 3.0).cut(clip.samples))


def test_who_goes_on_after_the_last_own_stretch_is_cut_off_beside_other_stretches() -> None:
    clip, spans = speak((OTHER, 0.0, 1.5), (MINE, 2.0, 4.0), (LIKE_MINE, 5.0, 7.0), (OTHER, 8.0, 10.0))
    result = anchor_speech(clip, Span(2.0, 2.6), spans, PlainVoices(), PlainTrack(end_s=6.0))
    tail = Span(6.0 + AFTER_VOICE_S, 7.0)
    assert result.background == (spans[0], spans[3], tail)
    assert result.kept == Span(1.5, tail.start_s)


@pytest.mark.parametrize(
    "track",
    [
        pytest.param(PlainTrack(end_s=4.999), id="the voice goes on to the end"),
        pytest.param(PlainTrack(end_s=5.0 - AFTER_VOICE_S - SHORTEST_TAIL_S + 0.01), id="too short a tail"),
        pytest.param(PlainTrack(end_s=0.5), id="the voice was not found where it must be"),
        pytest.param(None, id="no voice at the wake word"),
    ],
)
def test_weak_evidence_of_a_tail_changes_nothing(track: PlainTrack | None) -> None:
    clip, spans = speak((MINE, 1.0, 5.0))
    assert anchor_speech(clip, WAKE_WORD, spans, PlainVoices(), track).clip is clip


def test_before_the_wake_word_less_evidence_is_enough() -> None:
    unclear = (UNCLEAR, 0.0, 1.5)
    result = anchor(unclear, (MINE, 2.0, 4.0), (UNCLEAR, 5.0, 6.5), wake_word=Span(2.0, 2.6))
    assert result.background == (Span(0.0, 1.5),)


def test_a_wake_word_alone_is_an_anchor_that_its_own_voice_makes_longer() -> None:
    wake_word, request, other = (MINE, 1.0, 1.6), (LIKE_MINE, 2.0, 4.0), (OTHER, 5.0, 7.0)
    result = anchor(wake_word, request, other)
    assert (result.anchor, result.background) == (Span(1.0, 1.6), (Span(5.0, 7.0),))


def test_the_anchor_ends_with_the_pause_or_after_three_seconds() -> None:
    assert anchor((MINE, 1.0, 9.0)).anchor == Span(1.0, 4.0)


def test_a_wake_word_in_the_middle_does_not_reach_back() -> None:
    assert anchor((MINE, 1.0, 6.0), wake_word=Span(3.0, 3.6)).anchor == Span(3.0, 6.0)


@pytest.mark.parametrize("wake_word", [None, Span(8.0, 8.6)])
def test_without_a_voice_at_the_wake_word_nothing_is_done(wake_word: Span | None) -> None:
    assert anchor((MINE, 1.0, 3.0), (OTHER, 4.0, 6.0), wake_word=wake_word).outcome == "no_anchor"


def test_the_first_wake_word_counts_however_it_is_written() -> None:
    words = [Word(" Well,", Span(0.0, 0.3)), Word(" ALEXA,", Span(0.3, 0.9)), Word(" Alexa", Span(2.0, 2.5))]
    assert find_wake_word(words) == Span(0.3, 0.9)
    assert find_wake_word(words[:1]) is None


def test_silence_does_not_click() -> None:
    samples = np.full(SAMPLE_RATE, 0.5, dtype=np.float32)
    steps = np.abs(np.diff(silence(samples, [Span(0.3, 0.6)])))
    assert steps[:-200].max() < 0.01


@pytest.fixture(scope="module")
def encoder() -> SpeakerEncoder:
    return SpeakerEncoder.load(threads=2)


def read_shipped(position: str) -> dict[str, Clip]:
    """The clips of a position in the dev split, by their speaker."""
    lines = [json.loads(line) for line in (BACKGROUND / "manifest.jsonl").read_text(encoding="utf-8").splitlines()]
    fitting = (one for one in lines if one["slices"]["split"] == "dev" and one["slices"]["background"] == position)
    return {one["speaker"]: read_clip(BACKGROUND / one["audio_filepath"]) for one in fitting}


def test_one_voice_is_more_like_itself_than_like_any_other(encoder: SpeakerEncoder) -> None:
    halves = [np.array_split(clip.samples, 2) for clip in read_shipped("clean").values()]
    voices = [tuple(encoder.embed(half) for half in pair) for pair in halves]
    own = [measure_likeness(first, second) for first, second in voices]
    others = [[measure_likeness(first, second) for _, second in voices] for first, _ in voices]
    assert len(voices) >= 4
    assert [max(row) for row in others] == own


def test_a_given_span_needs_no_wake_word(encoder: SpeakerEncoder) -> None:
    from core.speech.whisper import find_speech

    clip = read_clip(BACKGROUND / "audio" / "dev-background-2-after.flac")
    result = anchor_speech(clip, Span(0.25, 1.25), find_speech(clip), encoder, PlainTrack())
    assert result.outcome == "filtered"
    assert all(span.start_s > 2.0 for span in result.background)


def test_words_have_times_within_the_clip_and_in_order(recognizer: "Recognizer") -> None:
    clip = read_clip(BACKGROUND / "audio" / "dev-background-2-clean.flac")
    words = recognizer.locate_words(clip, "Alexa, what will the weather be like on Friday?")
    times = [time_s for word in words for time_s in (word.span.start_s, word.span.end_s)]
    assert [word.text.strip() for word in words if word.text.strip(" ,?")][:3] == ["Alexa", "what", "will"]
    assert times == sorted(times)
    assert times[-1] <= clip.duration_s
    assert recognizer.locate_words(clip, " ") == ()
