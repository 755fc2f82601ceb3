"""Anchored speech: the wake word tells whose request it is, and what other people say beside it is left out.

After King et al. 2017, "Robust Speech Recognition via Anchor Word Representations": the wake word's segment is the
anchor against which the rest of the speech is held. There a network learns it; here the comparison is made outside,
with a speaker model, so that any recogniser may follow. One stretch of speech between two pauses is one decision, and
who goes on where the anchor's voice ends is cut off there; where the evidence is weak nothing is done: the clip comes
back as it was, sample for sample. Voices at the same time are taken apart by `core.speech.voice_mask`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np

from core.speech.audio import SAMPLE_RATE, Clip, Samples
from core.speech.speaker import Vectors, measure_likeness

WAKE_WORD = "alexa"

# Cosines between the mean vectors of two stretches, chosen on the dev voices and on two people who are in no test. One
# person's stretches of more than 1.2 s had 0.70 and more, two people's 0.69 and less, mostly below 0.5; shorter ones of
# one person went down to 0.5. What lies between is kept.
DIFFERENT = 0.58
DIFFERENT_WHERE_SHORT = 0.42
SURELY_SAME = 0.70
SHORT_S = 1.2
TOO_SHORT_S = 0.5  # a cough, or the end of a word: no voice can be told from it
# A second witness is the mask that takes voices apart: how much of a stretch it takes for the anchor's voice counts
# beside the likeness. See core/README.md for what both are right in together.
SHARE_COUNTS = 0.2
# Before the wake word nobody has asked the device anything, so there less evidence is enough.
MORE_BEFORE = 0.15
# Who goes on without a pause is left out from where the anchor's voice ends, and a little later: the mask loses the
# last sounds of a word.
AFTER_VOICE_S = 0.25
SHORTEST_TAIL_S = 0.25
# A wake word of 0.6 s is a weak anchor; the words that follow it without a pause belong to it.
LONGEST_ANCHOR_S = 3.0
FIRST_WITHIN_S = 0.5
FADE_S = 0.01

AnchoringOutcome = Literal["filtered", "unsure", "no_anchor"]
"""filtered: something was left out or made quieter. unsure: no speech was clearly another person's. no_anchor: nobody
was anchored.
"""


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a clip, seconds."""

    start_s: float
    end_s: float

    @property
    def duration_s(self) -> float:
        """How long it is."""
        return self.end_s - self.start_s

    def measure_overlap(self, other: "Span") -> float:
        """The time that both have in common, seconds."""
        return max(0.0, min(self.end_s, other.end_s) - max(self.start_s, other.start_s))

    def cut(self, samples: Samples) -> Samples:
        """What lies in it."""
        return samples[round(self.start_s * SAMPLE_RATE) : round(self.end_s * SAMPLE_RATE)]


@dataclass(frozen=True, slots=True)
class Word:
    """A recognised word and where it was heard."""

    text: str
    span: Span


class Encoder(Protocol):
    """What is used of `core.speech.speaker.SpeakerEncoder`."""

    def embed(self, samples: Samples) -> Vectors:
        """Unit vectors of short windows, shape (windows, dimensions)."""


class Track(Protocol):
    """What is used of `core.speech.voice_track.VoiceTrack`."""

    def measure_shares(self, spans: Sequence[Span]) -> list[float]:
        """How much of each stretch is the voice that said the wake word, 0 to 1."""

    def find_end(self) -> float:
        """When that voice is last heard, seconds."""


@dataclass(frozen=True, slots=True)
class Anchored:
    """A clip without the speech of others.

    clip: the very same object where nothing was left out.
    anchor: the speech that the rest was held against. background: what was left out. kept: what the clip was cut to.
    quieter: the same with those made quieter who were heard at the same time, in several strengths.
    """

    clip: Clip
    outcome: AnchoringOutcome
    anchor: Span | None = None
    background: tuple[Span, ...] = ()
    kept: Span | None = None
    quieter: tuple[Clip, ...] = ()

    @property
    def turned_down(self) -> bool:
        """Whether others were heard at the same time."""
        return bool(self.quieter)

    @property
    def versions(self) -> tuple[Clip, ...]:
        """What is to be recognised; of several versions one."""
        return self.quieter or (self.clip,)


def find_wake_word(words: Sequence[Word], wake_word: str = WAKE_WORD) -> Span | None:
    """Where the wake word is first heard, or None."""
    return next((word.span for word in words if _letters(word.text) == wake_word), None)


def may_hold_wake_word(text: str, wake_word: str = WAKE_WORD) -> bool:
    """Whether it is worth the time to look when each word was said."""
    return wake_word in _letters(text)


def anchor_speech(
    clip: Clip, wake_word: Span | None, speech: Sequence[Span], encoder: Encoder, track: Track | None
) -> Anchored:
    """Leave out the speech of everybody but the one who said the wake word.

    Args:
        clip: the whole utterance.
        wake_word: where it was said; None where nobody knows.
        speech: stretches of speech between pauses, in order (`core.speech.whisper.find_speech`).
        encoder: the speaker model, the first witness of who speaks.
        track: the second one; None where the voice that said the wake word is silent.
    """
    anchor = _extend(wake_word, speech) if wake_word else None
    if wake_word is None or anchor is None:
        return Anchored(clip, "no_anchor")
    others = _find_others(clip, anchor, speech, encoder, track)
    own = [span for span in speech if span not in others]
    tail = _find_tail(own[-1], track)
    if tail:
        own[-1] = Span(own[-1].start_s, tail.start_s)
        others = (*others, tail)
    if not others:
        return Anchored(clip, "unsure", anchor)
    kept = _find_kept(clip, own, others)
    return Anchored(leave_out(clip, others, kept), "filtered", anchor, others, kept)


def leave_out(clip: Clip, background: Sequence[Span], kept: Span) -> Clip:
    """The clip, cut to `kept`, with silence for the background: after much silence a decoder says things twice."""
    return Clip(kept.cut(silence(clip.samples, background)))


def silence(samples: Samples, spans: Sequence[Span]) -> Samples:
    """The samples with digital silence in the spans, faded so that no edge clicks."""
    gain = np.ones(samples.size, dtype=np.float32)
    for span in spans:
        span.cut(gain)[:] = 0.0
    width = round(FADE_S * SAMPLE_RATE)
    return (samples * np.convolve(gain, np.full(width, 1.0 / width), mode="same")).astype(np.float32)


def _find_others(
    clip: Clip, anchor: Span, speech: Sequence[Span], encoder: Encoder, track: Track | None
) -> tuple[Span, ...]:
    """The stretches that are not the anchor's voice. What is surely the same voice first makes the anchor longer."""
    rest = [span for span in speech if not span.measure_overlap(anchor) and span.duration_s >= TOO_SHORT_S]
    if not rest:
        return ()
    voices = {span: encoder.embed(span.cut(clip.samples)) for span in (anchor, *rest)}
    shares = dict(zip(rest, track.measure_shares(rest) if track else [0.5] * len(rest), strict=True))

    def weigh(voice: Vectors, span: Span) -> float:
        return measure_likeness(voice, voices[span]) + SHARE_COUNTS * (shares[span] - 0.5)

    same = [span for span in rest if weigh(voices[anchor], span) >= SURELY_SAME]
    voice = np.concatenate([voices[anchor], *(voices[span] for span in same)])
    heard_s = anchor.duration_s + sum(span.duration_s for span in same)
    return tuple(
        span
        for span in rest
        if span not in same and weigh(voice, span) < _limit(min(heard_s, span.duration_s), span.end_s <= anchor.start_s)
    )


def _find_tail(stretch: Span, track: Track | None) -> Span | None:
    """What somebody else goes on with in the last stretch of the anchor's voice, without a pause."""
    start_s = track.find_end() + AFTER_VOICE_S if track else stretch.end_s
    is_within = start_s > stretch.start_s and stretch.end_s - start_s >= SHORTEST_TAIL_S
    return Span(start_s, stretch.end_s) if is_within else None


def _find_kept(clip: Clip, rest: Sequence[Span], background: Sequence[Span]) -> Span:
    """From the end of the last background before all other speech to the start of the first one after it."""
    first_s, last_s = min(span.start_s for span in rest), max(span.end_s for span in rest)
    before = [span.end_s for span in background if span.end_s <= first_s]
    after = [span.start_s for span in background if span.start_s >= last_s]
    return Span(max(before, default=0.0), min(after, default=clip.duration_s))


def _extend(wake_word: Span, speech: Sequence[Span]) -> Span | None:
    """From the wake word to the next pause. None where no voice is heard at it."""
    holding = max(speech, key=wake_word.measure_overlap, default=None)
    if holding is None or not wake_word.measure_overlap(holding):
        return None
    # The first word's time is found less surely than the pause before it.
    is_first = wake_word.start_s - holding.start_s < FIRST_WITHIN_S
    start_s = holding.start_s if is_first else wake_word.start_s
    return Span(start_s, min(holding.end_s, start_s + LONGEST_ANCHOR_S))


def _limit(shorter_s: float, is_before: bool) -> float:
    """How unlike the anchor a stretch has to be for being somebody else's, by the shorter of the two."""
    different = DIFFERENT_WHERE_SHORT if shorter_s < SHORT_S else DIFFERENT
    return different + (MORE_BEFORE if is_before else 0.0)


def _letters(text: str) -> str:
    return "".join(letter for letter in text.casefold() if letter.isalpha())
