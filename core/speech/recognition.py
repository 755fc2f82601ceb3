"""What may be asked of a recogniser, and what it gives back: the text of both arms, from one encoding of the clip."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

from core.context.bias import BiasList, Hotword

if TYPE_CHECKING:
    from core.speech.anchoring import Word
    from core.speech.audio import Clip

DecodingOutcome = Literal["used", "empty", "rejected"]


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """One decoded text. `avg_logprob` is per token; `decode_ms` is the time that this arm took beyond the encoding and,
    for the arm with context, beyond the plain decode.
    """

    text: str
    avg_logprob: float
    no_speech_prob: float
    decode_ms: float


@dataclass(frozen=True, slots=True)
class Change:
    """Words that the context changed, and why.

    was, now: the words of the plain text and those in their place; either may be empty.
    hotword: the item that brought them; None where the new words are of no item, only likelier beside one.
    evidence: how much likelier the whole new text is than the plain one after the prompt, as a difference of natural
        log-likelihoods.
    """

    was: str
    now: str
    hotword: Hotword | None
    evidence: float

    @property
    def reason(self) -> str:
        """The same in words."""
        if self.hotword is None:
            return "likelier beside the other words"
        origin = "the reply" if self.hotword.item.signal == "prior_turn" else self.hotword.item.signal
        asked = ", named in the last reply" if self.hotword.named and origin != "the reply" else ""
        return f"{' '.join(self.hotword.item.text.split())}, from {origin}{asked}"


@dataclass(frozen=True, slots=True)
class Alternative:
    """The likeliest text but the plain one. `margin` is how far the gate scores it above that, as a difference of log
    odds; above 0 it is taken.
    """

    text: str
    margin: float


@dataclass(frozen=True, slots=True)
class Recognition:
    """Both arms of one clip.

    outcome: "used" where the bias list took part; "empty" where there was none, or nothing of it fitted the prompt;
    "rejected" where nobody spoke. Where there was nothing to weigh both arms are the same object.
    prompted: the hotwords that were prompted, those that sound most like the plain text first.
    encode_ms: the time from samples to encoder output, paid once for both arms.
    changes: what the context changed, in the order of the text; empty where it changed nothing.
    alternative: what the gate weighed against the plain text, taken or not; None where there was nothing else.
    """

    without_context: Hypothesis
    with_context: Hypothesis
    outcome: DecodingOutcome
    prompted: tuple[str, ...]
    encode_ms: float
    changes: tuple[Change, ...] = ()
    alternative: Alternative | None = None

    @property
    def text(self) -> str:
        """What the system has heard."""
        return self.with_context.text


class Recognizes(Protocol):
    """A recogniser, here or in a process of its own.

    model_name, model_sha256: which model it is, by name and by the digest of its weights.
    """

    model_name: str
    model_sha256: str

    def recognize(self, clip: "Clip", bias: BiasList = ...) -> Recognition:
        """Both arms of a clip."""

    def recognize_best(self, versions: "Sequence[Clip]", bias: BiasList = ...) -> Recognition:
        """Both arms of one utterance, in that of its versions in which it was heard best."""

    def locate_words(self, clip: "Clip", text: str) -> "tuple[Word, ...]":
        """When the words of what was recognised in the clip were said."""
