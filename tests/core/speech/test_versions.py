"""Which version of an utterance was heard best: by the decoder, by the phones, and where nothing is known of these."""

import pytest

from core.speech.heard_phones import HeardPhones
from core.speech.phonetics import pronounce
from core.speech.recognition import Hypothesis
from core.speech.versions import choose_version
from tests.core.speech.test_heard_phones import spell

SAID = "call the garage about the brakes"
HEARD = spell(pronounce(SAID)[0], sure=0.6)


def write(text: str, avg_logprob: float = -0.5) -> Hypothesis:
    return Hypothesis(text, avg_logprob, 0.0, 1.0)


def test_of_equally_likely_texts_the_one_that_sounds_like_the_clip() -> None:
    texts = ["Call the garage on the brakes.", "Call the garage.", "Call the garage about the brakes."]
    assert choose_version([write(text) for text in texts], HEARD) == 2


def test_fluent_nonsense_needs_more_than_fluency() -> None:
    nonsense, right = write("Thank you very much indeed.", -0.4), write("Call the garage about the brakes.", -0.6)
    assert choose_version([nonsense, right], HEARD) == 1
    assert choose_version([right, nonsense], HEARD) == 0


def test_of_texts_that_sound_alike_the_one_that_the_decoder_likes() -> None:
    wrote = [write("Call the garage about the breaks.", -0.7), write("Call the garage about the brakes.", -0.5)]
    assert choose_version(wrote, HEARD) == 1
    assert choose_version(wrote[::-1], HEARD) == 0


@pytest.mark.parametrize("phones", [HEARD, None], ids=["phones", "no phones"])
def test_silence_is_no_version_where_something_was_heard(phones: HeardPhones | None) -> None:
    assert choose_version([write(""), write(SAID, -2.0)], phones) == 1
    assert choose_version([write(SAID), write("")], phones) == 0
    assert choose_version([write(""), write(""), write("")], phones) == 0


@pytest.mark.parametrize("phones", [HEARD, None], ids=["phones", "no phones"])
def test_of_the_same_texts_the_first(phones: HeardPhones | None) -> None:
    assert choose_version([write(SAID), write("Call."), write(SAID)], phones) == 0


@pytest.mark.parametrize("phones", [HEARD, None], ids=["phones", "no phones"])
def test_who_repeats_himself_does_so_in_every_version(phones: HeardPhones | None) -> None:
    looped, said = write("Call the garage. Call the garage.", -0.1), write(SAID)
    assert choose_version([looped, said], phones) == 1
    assert choose_version([looped, write("Call the garage, call the garage", -0.2)], phones) == 0


def test_without_phones_the_first_version() -> None:
    assert choose_version([write("Alexa, coal Meg."), write("Alexa, call Meg.", -0.1)], None) == 0
