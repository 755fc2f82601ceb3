"""How names are said that hibari's dictionaries lack."""

from dataclasses import replace

import numpy as np
import pytest

from core.errors import ModelError
from core.speech import letter_to_sound
from core.speech.letter_to_sound import MOST_PHONES, guess_phonemes, load_network


@pytest.mark.parametrize(
    ("name", "phonemes"),
    [
        ("Sean", "ʃɔn"),
        ("Michelle", "mɪʃɛl"),
        ("José", "hOzA"),
        ("Baumgartner", "bWmɡɑɹtnəɹ"),
        ("Kaminsky", "kəmɪnski"),
        ("Bauer", "bWəɹ"),
        ("Nwankwo", "nwɔŋkO"),  # from here on no dictionary has it
        ("Okonjo", "OkɑnʤO"),
        ("Verhavens", "vɜɹhəvənz"),
    ],
)
def test_a_name_is_said_as_americans_say_it(name: str, phonemes: str) -> None:
    assert guess_phonemes(name) == phonemes


@pytest.mark.parametrize(
    ("name", "ending"), [("Baumgartner's", "z"), ("Nwankwo\u2019s", "z"), ("Barrett's", "s"), ("Marsh's", "ɪz")]
)
def test_its_possessive_ends_as_the_name_demands(name: str, ending: str) -> None:
    assert guess_phonemes(name) == guess_phonemes(name[:-2]) + ending


def test_stress_is_told_to_who_speaks() -> None:
    assert guess_phonemes("Baumgartner", stressed=True) == "bˈWmɡˌɑɹtnəɹ"


def test_accents_and_case_are_not_heard() -> None:
    assert guess_phonemes("ZUPANČIČ") == guess_phonemes("zupancic") != ""
    assert guess_phonemes("Đặng") == guess_phonemes("dang") == "dæŋ"


@pytest.mark.parametrize("word", ["", "日本", "R2", "Smith-Jones", "'s", "😀", "\ud800", "Жук"])
def test_of_other_signs_nothing_is_known(word: str) -> None:
    assert guess_phonemes(word) == ""


def test_a_word_of_any_length_ends() -> None:
    assert 0 < len(list(load_network().say("x" * 60))) <= MOST_PHONES


def test_a_state_of_the_network_is_that_of_the_published_unit() -> None:
    """One step of the encoder, written out for each of its units."""
    network, letter, state = load_network(), 5, np.linspace(-1, 1, 256, dtype=np.float32)
    weights = network._weights
    told = weights["enc_w_ih"] @ weights["enc_emb"][letter] + weights["enc_b_ih"]
    kept = weights["enc_w_hh"] @ state + weights["enc_b_hh"]
    for unit in range(0, 256, 17):
        reset = 1 / (1 + np.exp(-(told[unit] + kept[unit])))
        stays = 1 / (1 + np.exp(-(told[unit + 256] + kept[unit + 256])))
        new = np.tanh(told[unit + 512] + reset * kept[unit + 512])
        assert network._step("enc", letter, state)[unit] == pytest.approx(
            (1 - stays) * new + stays * state[unit], abs=1e-5
        )


def test_a_missing_network_is_told_with_the_command_that_brings_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(letter_to_sound, "G2P_EN", replace(letter_to_sound.G2P_EN, package="no_such_package"))
    with pytest.raises(ModelError, match="pip install --no-deps g2p-en"):
        letter_to_sound.load_network.__wrapped__()
