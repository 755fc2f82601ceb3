"""Where context items come from, besides those that the services hand over: the words of the turn before."""

import re
import string
from collections.abc import Collection, Iterable, Sequence

from core.context.bias import BiasList
from core.dialogue import ContextItem, Signal, Turn

PUNCTUATION = string.punctuation + "…“”‘’«»–—"  # noqa: RUF001 - typeset replies hold them
CLOSING = "\"')]”’»"  # noqa: RUF001
SENTENCE_ENDS = frozenset(".!?…")
TITLES = frozenset({"Dr", "Mr", "Mrs", "Ms", "Prof", "St"})


def name_spans(text: str) -> tuple[str, ...]:
    """Runs of capitalised words, in order: the names in a written reply.

    A capital that only begins a sentence is no name, and neither is "I". Where a run of several begins a sentence, its
    first word may be either, so the run is given with it and without it.
    """
    spans: list[str] = []
    run: list[str] = []
    begins_sentence = run_begins_sentence = True
    for word in text.split():
        bare = word.strip(PUNCTUATION)
        if _is_name(bare):
            run_begins_sentence = run_begins_sentence if run else begins_sentence
            run.append(bare)
        if not _is_name(bare) or _ends_run(word, bare):
            spans.extend(_join(run, run_begins_sentence))
            run = []
        begins_sentence = _ends_sentence(word, bare)
    return (*spans, *_join(run, run_begins_sentence))


def prior_turn_items(turns: Sequence[Turn], known: Iterable[ContextItem] = ()) -> tuple[ContextItem, ...]:
    """The names in the assistant's last turn, and what of `known` was read out in it, however it is written: "10cc",
    "Hall & Oates", "the garden lights". What the user said is a hypothesis itself, so it gives none.
    """
    replies = [turn.text for turn in turns if turn.speaker == "assistant"]
    reply = replies[-1] if replies else ""
    folded = reply.casefold()  # once: a list may have thousands
    read_out = (item.text for item in known if _reads_out(reply, folded, item.text))
    return tuple(ContextItem("prior_turn", text) for text in dict.fromkeys((*name_spans(reply), *read_out)))


def _reads_out(reply: str, folded: str, text: str) -> bool:
    """Whether the text stands there as whole words; case makes no difference to more than one word."""
    if len(text.split()) > 1:
        reply, text = folded, text.casefold()
    return bool(text) and text in reply and re.search(rf"(?<!\w){re.escape(text)}(?!\w)", reply) is not None


def earlier_turn_items(turns: Sequence[Turn], known: Collection[ContextItem]) -> tuple[ContextItem, ...]:
    """The names in the assistant's turns before its last one, newest first, as far as `known` has them not."""
    replies = [turn.text for turn in turns if turn.speaker == "assistant"]
    spans = [span for reply in reversed(replies[:-1]) for span in name_spans(reply)]
    texts = {item.text.casefold() for item in known}
    return tuple(ContextItem("earlier_turns", span) for span in dict.fromkeys(spans) if span.casefold() not in texts)


def keep_signals(bias: BiasList, signals: Collection[Signal], turns: Sequence[Turn]) -> BiasList:
    """The hotwords of these signals, in their order. No text is twice in the list, so what the last reply names belongs
    to the prior turn as well as to the service that it stands under.
    """
    known = [hotword.item for hotword in bias.hotwords]
    named = {item.text.casefold() for item in prior_turn_items(turns, known)} if "prior_turn" in signals else set()
    return BiasList(tuple(h for h in bias.hotwords if h.item.signal in signals or h.text.casefold() in named))


def _is_name(bare: str) -> bool:
    return bare[:1].isupper() and bare.replace("’", "'").split("'")[0] != "I"  # noqa: RUF001


def _is_abbreviated(word: str, bare: str) -> bool:
    """Whether the point belongs to the word, as in "Dr." and in initials."""
    return word == f"{bare}." and (bare in TITLES or len(bare) == 1)


def _ends_run(word: str, bare: str) -> bool:
    return word[-1] in PUNCTUATION and not _is_abbreviated(word, bare)


def _ends_sentence(word: str, bare: str) -> bool:
    return word.rstrip(CLOSING)[-1:] in SENTENCE_ENDS and not _is_abbreviated(word, bare)


def _join(run: list[str], begins_sentence: bool) -> list[str]:
    """The spans of one run."""
    without_first = run[1:] if begins_sentence else []
    runs = [run, without_first] if len(run) > 1 or not begins_sentence else []
    return [" ".join(words) for words in runs if words]
