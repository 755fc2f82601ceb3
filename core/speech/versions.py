"""One utterance in several versions, some of them with other voices made quieter: in which was it heard best?

Whisper alone likes fluent nonsense. So beside how likely each version's text is for the decoder it counts how likely
its phones are, and that in one version for all texts alike, as in hybrid recognisers (Watanabe et al. 2017, "Hybrid
CTC/Attention Architecture for End-to-End Speech Recognition").
"""

from collections.abc import Sequence

from core.speech.heard_phones import HeardPhones
from core.speech.recognition import Hypothesis
from core.speech.text_likelihood import measure_likelihoods
from core.speech.words import spoken_words

AS_IT_IS, LIKELIEST = 0, 1
"""Places of the clip as it is, and of the version that is best as a rule: in it the phones are listened for."""

PHONES = 0.15
"""How much the log-likelihood of each phone counts beside the decoder's of each token: fitted on two sets of people who
are in no test, see core/README.md.
"""


def choose_version(heard: Sequence[Hypothesis], phones: HeardPhones | None) -> int:
    """Which of the versions has the likeliest text; the clip as it is where none has any.

    Args:
        heard: each version's text.
        phones: of the likeliest version. Where they are not known, it is that one, unless it makes the decoder silent
            or repeat itself.
    """
    heard_something = [place for place, one in enumerate(heard) if one.text]
    if len(heard) < 2 or not heard_something:
        return AS_IT_IS
    if phones is None:
        before, after = (spoken_words(heard[place].text) for place in (AS_IT_IS, LIKELIEST))
        return LIKELIEST if after and _count_repeated(after) <= _count_repeated(before) else AS_IT_IS
    likelihoods = measure_likelihoods([spoken_words(heard[place].text) for place in heard_something], phones)
    scores = {
        place: heard[place].avg_logprob + PHONES * likelihood.each
        for place, likelihood in zip(heard_something, likelihoods, strict=True)
    }
    return max(scores, key=lambda place: (scores[place], -place))


def _count_repeated(words: Sequence[str]) -> int:
    """Runs of three words that were there before."""
    runs = list(zip(words, words[1:], words[2:], strict=False))
    return len(runs) - len(set(runs))
