"""The recogniser: a clip is encoded and decoded once. With context, what the clip sounds like chooses the hotwords,
they make other texts possible, the decoder scores each of them after the hotwords, and the gate decides which was said.

The hotwords go into the prompt as previous text, after Radford et al. 2022, section 4.5, where the prompt is the
history of the transcript. Everything else about it is this project's, see `core.speech.shortlist`,
`core.speech.candidates` and `core.speech.gate`.
"""

import functools
import math
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from core.context.bias import EMPTY, BiasList, Hotword
from core.speech import whisper
from core.speech.american_dictionary import PRONOUNCING, WORDS
from core.speech.anchoring import Word
from core.speech.audio import Clip
from core.speech.candidates import Replacement, choose_apart, propose_replacements, replace_words
from core.speech.changes import list_changes
from core.speech.gate import (
    CLEAR,
    DOUBTFUL,
    HOPELESS,
    Gate,
    Plain,
    Surroundings,
    adds_words,
    choose_weights,
    goes_on_with_list,
    leave_out_list_commas,
)
from core.speech.heard_phones import HeardPhones
from core.speech.letter_to_sound import G2P_EN, WEIGHTS
from core.speech.phone_head import PhoneHead
from core.speech.phonetics import load_rules, pronounce
from core.speech.prompt import MAX_TOKENS, build_prompt, clean_hotword, write_hotword
from core.speech.reading import leave_out_remarks
from core.speech.recognition import Change, DecodingOutcome, Hypothesis, Recognition
from core.speech.repetition import choose_repetitions, list_shorter
from core.speech.shortlist import SIZE, Match, list_parts, match_hotwords, shorten
from core.speech.spelling import may_be_spelled, spell_out
from core.speech.versions import choose_version
from core.speech.whisper import Decoded, Encoded, Whisper
from core.speech.words import end_loop, name_words
from core.speech.writing import write_as_listed

N_BEST = 5
N_BEST_PROMPTED = 3
NO_SPEECH_PROB = 0.6  # Whisper's own pair of thresholds for silence
NO_SPEECH_LOGPROB = -1.0
SURE_NO_SPEECH_PROB = 0.8  # on dev, people whose names are found in loud babble get up to 0.76
LEAST_STRENGTH = 0.0  # of a match; where all are weaker, nothing of the list was said
STRONGEST = 30  # runs whose words count as the context's; what sounds like nothing in the clip is no part of it
LEAST_MARGIN = -3.0  # of the likeliest text; where all are less likely, the decoder is not asked again


@dataclass(frozen=True)
class Heard:
    """A clip without context: `hypothesis` is what is reported, `n_best` what the decoder thought of, best first.

    written: what the decoder wrote, also where Whisper's thresholds say that nobody spoke but somebody may have: they
        silence one answer in four in loud babble. Empty where surely nobody did, and there too where no phone head
        tells what was said.
    """

    encoded: Encoded
    n_best: tuple[Decoded, ...]
    hypothesis: Hypothesis
    written: str
    phone_head: PhoneHead | None

    @functools.cached_property
    def phones(self) -> HeardPhones | None:
        """Those of the clip, where the model has a phone head; heard once, and not before a context needs them."""
        return self.phone_head.hear(self.encoded.speech) if self.phone_head else None

    @property
    def plain(self) -> Plain:
        """What the gate compares with."""
        return Plain(self.written, self.phones, is_doubted=not self.hypothesis.text)

    def report(self, chosen: str, around: Surroundings) -> str:
        """The chosen text; but where it is doubtful that anybody spoke, only one with a word of the context counts."""
        return chosen if self.hypothesis.text or adds_words("", chosen, around) else ""


@dataclass(frozen=True, slots=True)
class Possible:
    """What may have been said, given a context.

    prompted: the hotwords in the prompt.
    scored: each text with its log-likelihood after the prompt, the plain text among them; empty where no other is worth
        asking for.
    gate: for the words of the context that sound like something in the clip.
    """

    prompted: tuple[Hotword, ...]
    scored: Mapping[str, float]
    gate: Gate


class Recognizer:
    """A loaded model. Safe to share between threads; recognitions run one after another."""

    def __init__(self, model: Whisper) -> None:
        self.model_name = model.name
        self.model_sha256 = model.sha256
        self._whisper = model
        self._phone_head = PhoneHead.find(model.sha256)
        self._lock = threading.Lock()

    @classmethod
    def load(cls, model: str, threads: int) -> "Recognizer":
        """Load a model by packaged name, folder, or faster-whisper name.

        Raises:
            ModelError: there is no such model here and none can be fetched, or its files are not usable.
        """
        load_rules()  # now and not in the first turn with context
        return cls(Whisper.load(model, threads))

    @property
    def settings(self) -> dict[str, int | float | str]:
        """All that decides the result besides the model and the clip."""
        return {
            "beam_size": whisper.BEAM_SIZE,
            "window_s": whisper.WINDOW_S,
            "silence_after_s": whisper.SILENCE_AFTER_S,
            "prompt_tokens": MAX_TOKENS,
            "prompt_items": SIZE,
            "no_speech_prob": NO_SPEECH_PROB,
            "sure_no_speech_prob": SURE_NO_SPEECH_PROB,
            "clear": CLEAR,
            "doubtful": DOUBTFUL,
            "hopeless": HOPELESS,
            "compute_type": whisper.COMPUTE_TYPE,
            "letter_to_sound": G2P_EN.sha256[WEIGHTS],
            "american_dictionary": PRONOUNCING.sha256[WORDS],
            "phone_head": self._phone_head.sha256 if self._phone_head else "",
            "gate": " ".join(f"{weight:g}" for weight in choose_weights(self._phone_head is not None)),
        }

    def recognize(self, clip: Clip, bias: BiasList = EMPTY) -> Recognition:
        """Decode `clip`, and choose among the texts that `bias` makes possible where there is one.

        Whether anybody speaks is decided without the bias, because a prompt weakens Whisper's own sense of silence;
        where that is doubtful, a name of the bias that is clearly heard counts as speech.
        """
        return self.recognize_all(clip, {"": bias})[""]

    def recognize_all(self, clip: Clip, biases: Mapping[str, BiasList]) -> dict[str, Recognition]:
        """Like `recognize` for each list, by its name; what is heard without context is paid once."""
        with self._lock:
            heard = self._hear(clip)
            apply = functools.cache(functools.partial(self._apply, heard))
            return {name: apply(bias) for name, bias in biases.items()}

    def recognize_best(self, versions: Sequence[Clip], bias: BiasList = EMPTY) -> Recognition:
        """Like `recognize`, of one utterance in several versions: in the one that was heard best.

        Args:
            versions: that first which is best as a rule, see `core.speech.versions`.
            bias: for the version that was heard best.
        """
        with self._lock:
            heard = [self._hear(clip) for clip in versions]
            phones = heard[0].phones if len(heard) > 1 else None
            best = heard[choose_version([one.hypothesis for one in heard], phones)]
            return self._apply(_charge(best, heard), bias)

    def locate_words(self, clip: Clip, text: str) -> tuple[Word, ...]:
        """The words of `text`, which was recognised in `clip`, with their times; empty where there are none."""
        with self._lock:
            return self._whisper.locate_words(clip, text)

    def weigh(self, clip: Clip, bias: BiasList) -> tuple[Heard, Possible | None]:
        """What the gate would choose from, hopeless texts as well: its weights are learned from all of them. None where
        nobody speaks, or nothing of the list may have been said.
        """
        with self._lock:
            heard = self._hear(clip)
            matches = _match(heard, _usable(heard, bias)) if heard.written else ()
            possible = self._find_possible(heard, matches, -math.inf) if _is_plausible(heard, matches) else None
            return heard, possible if possible and possible.scored else None

    def _hear(self, clip: Clip) -> Heard:
        encoded = self._whisper.encode(clip)
        start_s = time.perf_counter()
        n_best = self._whisper.decode(encoded, count=N_BEST)
        if _is_loop(n_best[0], encoded) and encoded.window_s < whisper.FULL_WINDOW_S:
            again = self._whisper.encode(clip, whisper.FULL_WINDOW_S)
            encoded = replace(again, encode_ms=encoded.encode_ms + again.encode_ms)
            n_best = self._whisper.decode(encoded, count=N_BEST)
        best = n_best[0]
        sure = SURE_NO_SPEECH_PROB if self._phone_head else NO_SPEECH_PROB
        is_spoken = encoded.has_speech and not _is_silence(best, sure)
        written = self._leave_out_repetitions(end_loop(best.text), encoded) if is_spoken else ""
        reported = "" if _is_silence(best, NO_SPEECH_PROB) else written
        hypothesis = Hypothesis(reported, best.avg_logprob, best.no_speech_prob, whisper.ms_since(start_s))
        return Heard(encoded, n_best, hypothesis, written, self._phone_head)

    def _leave_out_repetitions(self, text: str, encoded: Encoded) -> str:
        """What the decoder wrote more often than it was said is there as often as that, if phones are known."""
        if self._phone_head is None or not list_shorter(text):
            return text
        return choose_repetitions(text, self._phone_head.hear(encoded.speech))

    def _apply(self, heard: Heard, bias: BiasList) -> Recognition:
        """What the assistant has just named comes first, alone; all of the list where nothing of that is heard. In a
        short prompt a name is found more often than beside others that sound alike.
        """
        plain, encode_ms = heard.hypothesis, heard.encoded.encode_ms
        if not bias:
            return Recognition(plain, plain, "empty", (), encode_ms)
        if not heard.written:
            return Recognition(plain, plain, "rejected", (), encode_ms)
        start_s = time.perf_counter()
        named = bias.keep_named()
        if 0 < len(named) < len(bias):
            recognition = self._choose(heard, named, start_s)
            if recognition.with_context.text != plain.text:
                return recognition
        return self._choose(heard, bias, start_s)

    def _choose(self, heard: Heard, bias: BiasList, start_s: float) -> Recognition:
        plain, encode_ms = heard.hypothesis, heard.encoded.encode_ms
        usable = _usable(heard, bias)
        matches = _match(heard, usable)
        is_plausible = not matches or _is_plausible(heard, matches)
        possible = self._find_possible(heard, matches) if is_plausible else None
        if is_plausible and possible is None:
            return Recognition(plain, plain, "empty", (), encode_ms)
        names = _list_near(matches)
        if possible is None or not possible.scored:
            text = write_as_listed(plain.text, names)
            with_context = replace(plain, text=text, decode_ms=whisper.ms_since(start_s))
            return Recognition(
                plain, with_context, _tell_outcome(text), (), encode_ms, _explain(plain, text, usable, 0.0)
            )
        alternative = possible.gate.find_alternative(possible.scored)
        chosen = alternative.text if alternative is not None and alternative.margin > 0 else heard.written
        text = write_as_listed(heard.report(chosen, possible.gate.around), names)
        evidence = possible.scored[chosen] - possible.scored[heard.written]
        avg_logprob = possible.scored[chosen] / max(1, len(self._whisper.encode_text(f" {chosen}")))
        with_context = replace(plain, text=text, avg_logprob=avg_logprob, decode_ms=whisper.ms_since(start_s))
        return Recognition(
            plain,
            with_context,
            _tell_outcome(text),
            tuple(hotword.text for hotword in possible.prompted),
            encode_ms,
            _explain(plain, text, usable, evidence),
            alternative,
        )

    def _find_possible(self, heard: Heard, matches: Sequence[Match], least: float = HOPELESS) -> Possible | None:
        hotwords = shorten(matches)
        texts = [*(hotword.text for hotword in hotwords), *list_parts(matches)]
        prompt, texts_prompted = build_prompt(texts, self._whisper.encode_text)
        if not prompt:
            return None
        prompted = tuple(hotword for hotword in hotwords if hotword.text in texts_prompted)
        gate = Gate(heard.plain, _surround(prompted, matches))
        plain = heard.written
        by_text = {replace_words(plain, [one]): one for one in propose_replacements(plain, matches)}
        worth_asking = {text: by_text[text] for text in gate.leave_out_hopeless(list(by_text), least)}
        return Possible(prompted, self._score(heard, prompt, worth_asking, gate) if worth_asking else {}, gate)

    def _score(
        self, heard: Heard, prompt: Sequence[int], by_text: Mapping[str, Replacement], gate: Gate
    ) -> dict[str, float]:
        """The plain text and those with a replacement. Where one of these may be right, also that with all likely ones,
        and what the decoder writes after the prompt, as far as it holds a word of the context and does not go on with
        the prompt's list: it may hear the words around a name better as well.
        """
        plain = heard.written
        scored = self._ask(heard, prompt, (plain, *by_text))
        margins = gate.judge(scored)
        likely = sorted((text for text in margins if margins[text] > 0), key=lambda text: (-margins[text], text))
        together = choose_apart(by_text[text] for text in likely)
        if len(together) > 1:
            scored |= self._ask(heard, prompt, [replace_words(plain, together)])
        if any(margin > LEAST_MARGIN for margin in margins.values()):
            for text, logprob in self._decode_prompted(heard, prompt, gate).items():
                scored[text] = max(logprob, scored.get(text, logprob))
        return scored

    def _decode_prompted(self, heard: Heard, prompt: Sequence[int], gate: Gate) -> dict[str, float]:
        """What the decoder writes after the prompt, as far as it holds a word of the context and does not go on with
        the prompt's list; what it writes in that list's manner counts as it is without it.
        """
        plain, around = heard.written, gate.around
        n_best = self._whisper.decode(heard.encoded, prompt, N_BEST)[:N_BEST_PROMPTED]
        written = {
            _end_list(one.text): one.logprob
            for one in reversed(n_best)
            if adds_words(plain, one.text, around) and not goes_on_with_list(one.text, plain, around)
        }
        unlisted = {text: leave_out_list_commas(text, plain, around) for text in written}
        asked = self._ask(heard, prompt, (text for before, text in unlisted.items() if text != before))
        return {text: logprob for text, logprob in written.items() if unlisted[text] == text} | asked

    def _ask(self, heard: Heard, prompt: Sequence[int], texts: Iterable[str]) -> dict[str, float]:
        """The log-likelihood of each text after the prompt."""
        unique = tuple(dict.fromkeys(texts))
        return dict(zip(unique, self._whisper.score(heard.encoded, prompt, unique), strict=True))


def _charge(best: Heard, heard: Sequence[Heard]) -> Heard:
    """With the time that all of them took."""
    encoded = replace(best.encoded, encode_ms=sum(one.encoded.encode_ms for one in heard))
    hypothesis = replace(best.hypothesis, decode_ms=sum(one.hypothesis.decode_ms for one in heard))
    return replace(best, encoded=encoded, hypothesis=hypothesis)


def _end_list(text: str) -> str:
    """A text that goes on with the prompt's list, "Bauer,", as a sentence."""
    return f"{text[:-1]}." if text.endswith(",") else text


def _match(heard: Heard, hotwords: Sequence[Hotword]) -> tuple[Match, ...]:
    return match_hotwords(hotwords, [decoded.text for decoded in heard.n_best], heard.phones)


def _is_plausible(heard: Heard, matches: Sequence[Match]) -> bool:
    """Whether anything of the list may have been said; where the phones of the clip are not known, whatever it is."""
    return heard.phones is None or any(match.strength > LEAST_STRENGTH for match in matches)


def _usable(heard: Heard, bias: BiasList) -> list[Hotword]:
    """The hotwords whose text may stand in a prompt, with their sounds; where letters were heard, those of each as
    well.
    """
    usable = [_write(hotword) for hotword in bias.hotwords]
    usable = [hotword for hotword in usable if hotword.text]
    return [*usable, *spell_out(usable)] if may_be_spelled(one.text for one in heard.n_best) else usable


def _write(hotword: Hotword) -> Hotword:
    """As it may stand in a prompt, with its sounds; where only signs and capitals differ, these are as they were."""
    text = write_hotword(hotword.text)
    if text == hotword.text and hotword.sounds:
        return hotword
    is_alike = list(map(_list_letters, text.split())) == list(map(_list_letters, hotword.text.split()))
    sounds = hotword.sounds if is_alike and hotword.sounds else pronounce(text)
    return replace(hotword, text=text, sounds=sounds)


def _list_letters(word: str) -> str:
    return "".join(filter(str.isalnum, word.casefold()))


def _list_near(matches: Sequence[Match]) -> Iterator[str]:
    """The names that sound like something that was heard as they are listed, strongest first."""
    return map(clean_hotword, dict.fromkeys(match.hotword.item.text for match in matches))


def _explain(plain: Hypothesis, text: str, usable: Sequence[Hotword], evidence: float) -> tuple[Change, ...]:
    return list_changes(plain.text, text, usable, evidence) if text != plain.text else ()


def _surround(prompted: Sequence[Hotword], matches: Sequence[Match]) -> Surroundings:
    near = [*(match.hotword for match in matches[:STRONGEST]), *prompted]
    items = tuple(dict.fromkeys(name_words(text) for hotword in near for text in _list_wholes(hotword)))
    named = (name_words(hotword.text) for hotword in near if hotword.named_at_all)
    return Surroundings(
        words=frozenset(word for item in items for word in item),
        named=frozenset(word for words in named for word in words),
        items=tuple(item for item in items if item),
    )


def _list_wholes(hotword: Hotword) -> Iterator[str]:
    """What is no mere part of the item: all of it, and it without what only its list adds."""
    yield hotword.text
    alone = leave_out_remarks(hotword.item.text)
    if alone != hotword.item.text:
        yield write_hotword(alone)


def _tell_outcome(text: str) -> DecodingOutcome:
    """Of a clip whose texts were weighed."""
    return "used" if text else "rejected"


def _is_silence(decoded: Decoded, threshold: float) -> bool:
    return decoded.no_speech_prob > threshold and decoded.avg_logprob < NO_SPEECH_LOGPROB


def _is_loop(decoded: Decoded, encoded: Encoded) -> bool:
    """Whether the decoder repeats itself, as it does now and then in a short window."""
    return len(decoded.tokens) >= encoded.max_new_tokens or end_loop(decoded.text) != decoded.text
