"""What the recogniser gives back: the text of both arms, decoded from one encoding of the clip."""

from dataclasses import dataclass
from typing import Literal

DecodingOutcome = Literal["used", "empty", "rejected"]


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """One decoded text. `avg_logprob` is per token; `decode_ms` is the time of this decode alone."""

    text: str
    avg_logprob: float
    no_speech_prob: float
    decode_ms: float


@dataclass(frozen=True, slots=True)
class Recognition:
    """Both arms of one clip.

    outcome: "used" where the bias list took part; "empty" where there was none, or nothing of it fitted the prompt;
    "rejected" where nobody spoke, so that there was nothing to bias. In the last two both arms are the same object.
    prompted: the hotwords that fitted the prompt, the best first.
    encode_ms: the time from samples to encoder output, paid once for both arms.
    """

    without_context: Hypothesis
    with_context: Hypothesis
    outcome: DecodingOutcome
    prompted: tuple[str, ...]
    encode_ms: float

    @property
    def text(self) -> str:
        """What the system has heard."""
        return self.with_context.text
