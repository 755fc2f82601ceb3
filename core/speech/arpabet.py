"""ARPABET, in which American dictionaries write how words sound, in the phonemes of `core.speech.phonetics`."""

from collections.abc import Iterable, Mapping

VOWELS: Mapping[str, str] = {
    "AA": "ɑ", "AE": "æ", "AH": "ʌ", "AO": "ɔ", "AW": "W", "AY": "I", "EH": "ɛ", "ER": "ɜɹ",
    "EY": "A", "IH": "ɪ", "IY": "i", "OW": "O", "OY": "Y", "UH": "ʊ", "UW": "u",
}  # fmt: skip
CONSONANTS: Mapping[str, str] = {
    "B": "b", "CH": "ʧ", "D": "d", "DH": "ð", "F": "f", "G": "ɡ", "HH": "h", "JH": "ʤ",
    "K": "k", "L": "l", "M": "m", "N": "n", "NG": "ŋ", "P": "p", "R": "ɹ", "S": "s",
    "SH": "ʃ", "T": "t", "TH": "θ", "V": "v", "W": "w", "Y": "j", "Z": "z", "ZH": "ʒ",
}  # fmt: skip
STRESSES = "012"  # of a vowel: none, the main one, a lesser one
_PHONEMES: Mapping[str, str] = {**VOWELS, **CONSONANTS, "AH0": "ə", "ER0": "əɹ"}
_MARKS = {"1": "ˈ", "2": "ˌ"}  # as hibari's voice has them, before the vowel


def spell_phones(phones: Iterable[str], stressed: bool = False) -> str:
    """Their phonemes; of "AH" and "ER" stress decides which vowel they are. What is no phone has none.

    Args:
        phones: vowels with their stress, "AA1".
        stressed: whether stress is written, as a voice wants it, or left out, as for comparing sounds.
    """
    return "".join(_spell_phone(phone, stressed) for phone in phones)


def _spell_phone(phone: str, stressed: bool) -> str:
    phonemes = _PHONEMES.get(phone) or _PHONEMES.get(phone.rstrip(STRESSES), "")
    return _MARKS.get(phone[-1:], "") + phonemes if stressed else phonemes
