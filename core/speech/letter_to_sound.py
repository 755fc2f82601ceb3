"""How a word may be said that hibari's dictionaries lack, most of all a name: a second opinion beside its rules.

Where the CMU Pronouncing Dictionary has the word, that is how Americans say it. For all others there is the network
inside g2p_en 2.1.0 (Apache-2.0), which has learned from that dictionary: a recurrent encoder reads the letters, a
decoder writes phones until it ends the word, always the likeliest one (Cho et al. 2014, "Learning Phrase
Representations using RNN Encoder-Decoder for Statistical Machine Translation"). Only its weights are used: the package
itself would load a tagger, and look for dictionaries to download.
"""

import functools
import re
from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from core.errors import ModelError
from core.letters import fold_letters
from core.models import PackagedModel, packaged_folder
from core.speech.american_dictionary import look_up, open_dictionary
from core.speech.arpabet import CONSONANTS, STRESSES, VOWELS, spell_phones
from core.speech.words import APOSTROPHES, split_ending

WEIGHTS = "checkpoint20.npz"
G2P_EN = PackagedModel(
    package="g2p_en",
    folder="",
    sha256={WEIGHTS: "b8af35e4596d8dd5836dfd3fe9b2ba4f97b9c311efe8879544cbcfcbd566d8c6"},
    install="pip install --no-deps g2p-en==2.1.0",
)
MOST_PHONES = 20
_UNMARKED = re.compile(r"[a-z]+")
_LETTER_A = 3  # before the letters stand padding, an unknown letter, and the end of the word
_END_OF_LETTERS = 2
_START, _END = 2, 3
_NO_PHONES = ("", "", "", "")  # padding, an unknown phone, the start and the end of a word
_PHONES = (*_NO_PHONES, *sorted(["UW", *CONSONANTS, *(vowel + stress for vowel in VOWELS for stress in STRESSES)]))
"""The network's outputs: ARPABET with stress, and one vowel without as well."""

_HISSING, _VOICELESS = frozenset("szʃʒʧʤ"), frozenset("pfθtk")

Row = NDArray[np.float32]


def guess_phonemes(word: str, stressed: bool = False) -> str:
    """One word's phonemes in the alphabet of `core.speech.phonetics`; empty where it has other signs than letters of
    the English alphabet, with or without accents, and an ending.

    Args:
        word: as it is written.
        stressed: see `core.speech.arpabet.spell_phones`.

    Raises:
        ModelError: the dictionary or the network is not installed.
    """
    stem, ending = _split_possessive(word)
    letters = fold_letters(stem)
    if not _UNMARKED.fullmatch(letters):
        return ""
    phonemes = spell_phones(look_up(letters) or load_network().say(letters), stressed)
    return phonemes + (_say_ending(phonemes) if ending else "")


class Network:
    """The loaded weights. Safe to share between threads."""

    def __init__(self, weights: Mapping[str, Row]) -> None:
        self._weights = weights
        # What each letter, or the phone before, tells the unit: the same in every word.
        self._told = {
            part: weights[f"{part}_emb"] @ weights[f"{part}_w_ih"].T + weights[f"{part}_b_ih"]
            for part in ("enc", "dec")
        }

    def say(self, letters: str) -> Iterator[str]:
        """CMU's phones, one after the other.

        Args:
            letters: of a to z.
        """
        state = np.zeros(self._weights["enc_w_hh"].shape[1], dtype=np.float32)
        for letter in [*(ord(letter) - ord("a") + _LETTER_A for letter in letters), _END_OF_LETTERS]:
            state = self._step("enc", letter, state)
        phone = _START
        for _ in range(MOST_PHONES):
            state = self._step("dec", phone, state)
            phone = int((self._weights["fc_w"] @ state + self._weights["fc_b"]).argmax())
            if phone == _END:
                return
            yield _PHONES[phone]

    def _step(self, part: str, seen: int, state: Row) -> Row:
        """A gated recurrent unit: how much of its state is reset, how much of it stays, what is new."""
        kept = self._weights[f"{part}_w_hh"] @ state + self._weights[f"{part}_b_hh"]
        (reset, stay, new), (kept_reset, kept_stay, kept_new) = (
            self._told[part][seen].reshape(3, -1),
            kept.reshape(3, -1),
        )
        stays = _squash(stay + kept_stay)
        return np.asarray((1 - stays) * np.tanh(new + _squash(reset + kept_reset) * kept_new) + stays * state)


def load_opinions() -> None:
    """Open the dictionary and load the network, now and not at the first such word.

    Raises:
        ModelError: one of them is not installed, or not the pinned one.
    """
    open_dictionary()
    load_network()


@functools.cache
def load_network() -> Network:
    """The packaged network.

    Raises:
        ModelError: the package is missing, or its file is not the pinned one.
    """
    path = packaged_folder(G2P_EN) / WEIGHTS
    try:
        with np.load(path, allow_pickle=False) as stored:
            return Network({name: stored[name] for name in stored.files})
    except (OSError, ValueError) as exc:
        raise ModelError(f"{WEIGHTS} cannot be read; run `{G2P_EN.install}` again.") from exc


def _split_possessive(word: str) -> tuple[str, str]:
    stem, ending = split_ending(word.translate(APOSTROPHES))
    return (stem, ending) if ending == "'s" else (word, "")


def _say_ending(phonemes: str) -> str:
    if phonemes[-1:] in _HISSING:
        return "ɪz"
    return "s" if phonemes[-1:] in _VOICELESS else "z"


def _squash(values: Row) -> Row:
    return np.asarray(1 / (1 + np.exp(-values)))
