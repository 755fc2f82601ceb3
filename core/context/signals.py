"""Where context items come from, besides those that the services hand over: the words of the turn before."""

import string
from collections.abc import Sequence

from core.dialogue import ContextItem, Turn

PUNCTUATION = string.punctuation + "…"


def name_spans(text: str) -> tuple[str, ...]:
    """Runs of capitalised words, in order: the names in a written reply.

    A capital that only begins a sentence is no name, and neither is "I".
    """
    spans: list[str] = []
    run: list[str] = []
    begins_sentence = run_begins_sentence = True
    for word in text.split():
        bare = word.strip(PUNCTUATION)
        is_name = bare[:1].isupper() and bare.split("'")[0] != "I"
        if is_name:
            run_begins_sentence = run_begins_sentence if run else begins_sentence
            run.append(bare)
        if not is_name or word[-1] in PUNCTUATION:
            spans.extend(_joined(run, run_begins_sentence))
            run = []
        begins_sentence = word[-1] in ".!?…"
    return (*spans, *_joined(run, run_begins_sentence))


def prior_turn_items(turns: Sequence[Turn]) -> tuple[ContextItem, ...]:
    """The names in the assistant's last turn. What the user said is a hypothesis itself, so it gives none."""
    replies = [turn.text for turn in turns if turn.speaker == "assistant"]
    return tuple(ContextItem("prior_turn", span) for span in dict.fromkeys(name_spans(replies[-1] if replies else "")))


def _joined(run: list[str], begins_sentence: bool) -> list[str]:
    only_a_capital = begins_sentence and len(run) == 1
    return [" ".join(run)] if run and not only_a_capital else []
