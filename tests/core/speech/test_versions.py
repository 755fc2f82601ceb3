"""Which version of an utterance was heard best: by the decoder, by the phones, and where nothing is known of these."""

import pytest

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
def test_the_same_words_are_heard_in_the_first_version_and_nothing_is_heard_in_none(phones: object) -> None:
    known = HEARD if phones is HEARD else None
    assert choose_version([write(SAID)], known) == 0
    assert choose_version([write(""), write(""), write("")], known) == 0
    assert choose_version([write(SAID), write("")], known) == 0
    assert choose_version([write(""), write(SAID, -2.0)], known) == 1


def test_the_first_of_versions_with_the_same_text_is_chosen() -> None:
    assert choose_version([write(SAID), write("Call."), write(SAID)], HEARD) == 0


@pytest.mark.parametrize(
    ("before", "after", "version"),
    [
        ("Alexa, coal Meg.", "Alexa, call Meg.", 1),
        ("Alexa, coal Meg.", "", 0),
        ("Alexa, coal Meg.", "Alexa, call Meg. Call Meg now. Alexa call Meg.", 0),
        ("Call Meg Jones, I sat, call Meg Jones.", "Call Meg Jones, I said, call Meg Jones.", 1),
    ],
)
def test_without_phones_the_likeliest_version_unless_it_is_silent_or_repeats_itself(
    before: str, after: str, version: int
) -> None:
    assert choose_version([write(before), write(after), write("Alexa, call Meg.", -0.1)], None) == version
