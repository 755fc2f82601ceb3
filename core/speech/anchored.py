"""Recognition held against the wake word's voice: the same recogniser twice, where there is something to leave out."""

import time
from dataclasses import dataclass

from core.context.bias import EMPTY, BiasList
from core.speech.anchoring import (
    Anchored,
    AnchoringOutcome,
    Encoder,
    Span,
    anchor_speech,
    find_wake_word,
    may_hold_wake_word,
)
from core.speech.audio import Clip
from core.speech.recognition import Recognition, Recognizes


@dataclass(frozen=True, slots=True)
class Anchoring:
    """What became of a clip that was held against the wake word's voice; no sound is kept in it.

    left_out: the stretches of others' speech. kept: what the clip was cut to; None where nothing was left out.
    text_without: what the whole clip was heard as.
    """

    outcome: AnchoringOutcome
    left_out: tuple[Span, ...]
    kept: Span | None
    text_without: str


@dataclass(frozen=True, slots=True)
class AnchoredRecognition:
    """Both arms of one clip.

    without_anchoring: of the whole clip. with_anchoring: of what the wake word's speaker said; the very same object
    unless something was left out. anchoring_ms: the time from the plain text to the filtered clip.
    """

    without_anchoring: Recognition
    with_anchoring: Recognition
    anchored: Anchored
    anchoring_ms: float


def recognize_anchored(
    clip: Clip,
    recognizer: Recognizes,
    encoder: Encoder,
    wake_word: Span | None = None,
    bias: BiasList = EMPTY,
) -> AnchoredRecognition:
    """Recognise a clip as it is, and without what others say in it.

    Args:
        clip: the whole utterance, wake word included.
        recognizer: for both arms.
        encoder: the speaker model.
        wake_word: where it was said, if the device knows; None looks for it in the plain text.
        bias: for both arms.
    """
    plain = recognizer.recognize(clip, bias)
    start_s = time.perf_counter()
    anchored = leave_out_others(clip, plain.without_context.text, recognizer, encoder, wake_word)
    anchoring_ms = (time.perf_counter() - start_s) * 1000.0
    filtered = recognizer.recognize(anchored.clip, bias) if anchored.outcome == "filtered" else plain
    return AnchoredRecognition(plain, filtered, anchored, anchoring_ms)


def leave_out_others(
    clip: Clip, text: str, recognizer: Recognizes, encoder: Encoder, wake_word: Span | None = None
) -> Anchored:
    """The clip without what others say in it.

    Args:
        clip: the whole utterance.
        text: what it was heard as without context; the wake word is looked for in it.
        recognizer: tells when the words of the text were said.
        encoder: the speaker model.
        wake_word: where it was said, if the device knows.
    """
    from core.speech.whisper import find_speech  # noqa: PLC0415 - it brings the recogniser's library

    if wake_word is None and may_hold_wake_word(text):
        wake_word = find_wake_word(recognizer.locate_words(clip, text))
    return anchor_speech(clip, wake_word, find_speech(clip) if wake_word else (), encoder)
