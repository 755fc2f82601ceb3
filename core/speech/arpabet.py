"""ARPABET, in which American dictionaries write how words sound, in the phonemes of `core.speech.phonetics`."""

from collections.abc import Mapping

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


def spell_phone(phone: str) -> str:
    """Its phonemes, without stress; of "AH" and "ER" it decides which vowel they are. Empty for what is no phone."""
    return _PHONEMES.get(phone) or _PHONEMES.get(phone.rstrip(STRESSES), "")
