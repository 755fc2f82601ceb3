"""Recognition held against the wake word's voice: the same recogniser twice, where there is something to leave out."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from core.context.bias import EMPTY, BiasList
from core.speech.anchoring import (
    Anchored,
    AnchoringOutcome,
    Span,
    anchor_speech,
    find_wake_word,
    may_hold_wake_word,
)
from core.speech.audio import Clip
from core.speech.recognition import Hypothesis, Recognition, Recognizes
from core.speech.versions import count_repeated
from core.speech.voice_models import VoiceModels

SURE = -0.2  # log-likelihood per token: on dev five in six mixtures are below it, and one in four clips of one voice


@dataclass(frozen=True, slots=True)
class Anchoring:
    """What became of a clip that was held against the wake word's voice; no sound is kept in it.

    left_out: the stretches of others' speech.
    turned_down: whether others spoke at the same time, and were made quieter.
    whole: what the whole clip was heard as.
    """

    outcome: AnchoringOutcome
    left_out: tuple[Span, ...]
    turned_down: bool
    whole: Recognition


@dataclass(frozen=True, slots=True)
class AnchoredRecognition:
    """Both arms of one clip.

    without_anchoring: of the whole clip. with_anchoring: of what the wake word's speaker said; the very same object
    unless something was left out. anchoring_ms: the time from the plain text to the filtered clip. again_ms: that for
    recognising it.
    """

    without_anchoring: Recognition
    with_anchoring: Recognition
    anchored: Anchored
    anchoring_ms: float
    again_ms: float


def recognize_anchored(
    clip: Clip,
    recognizer: Recognizes,
    voices: VoiceModels,
    wake_word: Span | None = None,
    bias: BiasList = EMPTY,
) -> AnchoredRecognition:
    """Recognise a clip as it is, and without what others say in it.

    Args:
        clip: the whole utterance, wake word included.
        recognizer: for both arms.
        voices: the models that tell them apart.
        wake_word: where it was said, if the device knows; None looks for it in the plain text.
        bias: for both arms.
    """
    plain = recognizer.recognize(clip, bias)
    start_s = time.perf_counter()
    anchored = leave_out_others(clip, plain.without_context, recognizer, voices, wake_word)
    filtered_s = time.perf_counter()
    anchoring_ms = (filtered_s - start_s) * 1000.0
    filtered, anchored = hear_filtered(clip, plain, anchored, lambda left: recognizer.recognize_best(left, bias))
    again_ms = (time.perf_counter() - filtered_s) * 1000.0
    return AnchoredRecognition(plain, filtered, anchored, anchoring_ms, again_ms)


def hear_filtered(
    clip: Clip, whole: Recognition, anchored: Anchored, recognize: Callable[[tuple[Clip, ...]], Recognition]
) -> tuple[Recognition, Anchored]:
    """What is heard in the filtered clip, in its best version, unless that is nothing, or the recogniser repeats itself
    because of a voice that was turned down: then what was heard in the whole one, and nothing is filtered.
    """
    if anchored.outcome != "filtered":
        return whole, anchored
    filtered = recognize(anchored.versions)
    text, before = filtered.without_context.text, whole.without_context.text
    if text and not (anchored.turned_down and count_repeated(text) > count_repeated(before)):
        return filtered, anchored
    return whole, Anchored(clip, "unsure", anchored.anchor)


def leave_out_others(
    clip: Clip, heard: Hypothesis, recognizer: Recognizes, voices: VoiceModels, wake_word: Span | None = None
) -> Anchored:
    """The clip without what others say in it: first what they say before, after and between, then, where the recogniser
    was not sure of what it heard, what is left of them beside the request, in several strengths.

    Args:
        clip: the whole utterance.
        heard: what it was heard as without context; the wake word is looked for in it.
        recognizer: tells when the words of the text were said.
        voices: the models that tell them apart.
        wake_word: where it was said, if the device knows.
    """
    from core.speech.whisper import find_speech  # noqa: PLC0415 - it brings the recogniser's library

    if wake_word is None and may_hold_wake_word(heard.text):
        wake_word = find_wake_word(recognizer.locate_words(clip, heard.text))
    if wake_word is None:
        return Anchored(clip, "no_anchor")
    voice = voices.mask.find_voice(clip, wake_word)
    anchored = anchor_speech(clip, wake_word, find_speech(clip), voices.encoder, voice.follow() if voice else None)
    if heard.avg_logprob > SURE:
        return anchored
    if anchored.kept:
        cut_s = anchored.kept.start_s
        span = Span(max(0.0, wake_word.start_s - cut_s), wake_word.end_s - cut_s)
        voice = voices.mask.find_voice(anchored.clip, span)
    quieter = voice.turn_others_down() if voice else ()
    return replace(anchored, outcome="filtered", quieter=quieter) if quieter else anchored
