"""What a decoder wrote twice: in a short window Whisper now and then says a sentence again. Whether somebody did, the
phones of the clip tell.
"""

import re

from core.speech.heard_phones import HeardPhones
from core.speech.text_likelihood import measure_likelihoods
from core.speech.words import spoken_words

CLEARLY = 5.0  # nats; what dev's voices said once is less likely twice by 15 to 230, and never the other way round
_AFTER = re.compile(r"\W*\Z")


def list_shorter(text: str) -> list[str]:
    """The text with one repetition less, and one less again, until nothing in it follows itself; longest first."""
    shorter: list[str] = []
    while (text := _leave_out_one(text)) != "":
        shorter.append(text)
    return shorter


def choose_repetitions(text: str, phones: HeardPhones) -> str:
    """The text, or the shorter one that fits the clip better."""
    texts = [text, *list_shorter(text)]
    if len(texts) == 1:
        return text
    totals = [likelihood.total for likelihood in measure_likelihoods(texts, phones)]
    best = max(range(len(texts)), key=lambda place: totals[place])
    return texts[best] if totals[best] > totals[0] + CLEARLY else text


def _leave_out_one(text: str) -> str:
    """Without the longest run of words that follows itself; nothing where there is none."""
    words = text.split()
    said = [spoken_words(word) for word in words]
    for length in range(len(words) // 2, 0, -1):
        for start in range(len(words) - 2 * length + 1):
            middle, end = start + length, start + 2 * length
            if said[start:middle] == said[middle:end] and any(said[start:middle]):
                last = f"{_AFTER.sub('', words[middle - 1])}{_AFTER.findall(words[end - 1])[0]}"
                return " ".join((*words[: middle - 1], last, *words[end:]))
    return ""
