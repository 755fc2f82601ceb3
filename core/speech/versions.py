"""One utterance in several versions, in each of which other voices were made quieter in another way: in which was it
heard best?

Whisper alone likes fluent nonsense. So beside how likely each version's text is for the decoder it counts how likely
its phones are, and that in one version for all texts alike, as in hybrid recognisers (Watanabe et al. 2017, "Hybrid
CTC/Attention Architecture for End-to-End Speech Recognition").
"""

from collections.abc import Sequence

from core.speech.heard_phones import HeardPhones
from core.speech.recognition import Hypothesis
from core.speech.text_likelihood import measure_likelihoods
from core.speech.words import spoken_words

PHONES = 0.15
"""How much the log-likelihood of each phone counts beside the decoder's of each token: chosen on people who are in no
test and on dev voices, see core/README.md.
"""


def choose_version(heard: Sequence[Hypothesis], phones: HeardPhones | None) -> int:
    """The place of the version whose text is likeliest, of those in which something was heard and the decoder does not
    repeat itself more than in others. The first where there is none, or nothing is known of the phones.

    Args:
        heard: the text of each version, that first which is best as a rule.
        phones: those of the first version.
    """
    repeated = {place: count_repeated(one.text) for place, one in enumerate(heard) if one.text}
    possible = [place for place, count in repeated.items() if count == min(repeated.values())]
    if len(possible) < 2 or phones is None:
        return next(iter(possible), 0)
    likelihoods = measure_likelihoods([heard[place].text for place in possible], phones)
    scores = {
        place: heard[place].avg_logprob + PHONES * likelihood.each
        for place, likelihood in zip(possible, likelihoods, strict=True)
    }
    return max(scores, key=lambda place: (scores[place], -place))


def count_repeated(text: str) -> int:
    """Runs of three words that were there before."""
    words = spoken_words(text)
    runs = list(zip(words, words[1:], words[2:], strict=False))
    return len(runs) - len(set(runs))
