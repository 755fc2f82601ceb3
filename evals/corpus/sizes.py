"""The same clip beside ever longer lists: only the context differs, so the lists are compared and not the clips."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from core.dialogue import Signal
from evals.corpus.names import grow_context
from evals.corpus.texts import SPLITS, Dialogue, FollowUp, Split
from evals.manifest import Kind

SIZES = (200, 1000, 2000)


def add_long_lists(dialogues: Sequence[Dialogue], kind: Kind, counts: Mapping[Signal, int]) -> list[Dialogue]:
    """Copies of some dialogues, each with one follow-up and 200, 1,000 or 2,000 items.

    Args:
        dialogues: with their small contexts.
        kind: of the follow-ups.
        counts: of each signal, how many follow-ups of each split get long lists.
    """
    places = [(split, signal, count) for split in SPLITS for signal, count in counts.items()]
    chosen = [one for place in places for one in _choose(dialogues, kind, *place)]
    return [_lengthen(dialogue, answer, size) for dialogue, answer in chosen for size in SIZES]


def _choose(
    dialogues: Sequence[Dialogue], kind: Kind, split: Split, signal: Signal, count: int
) -> list[tuple[Dialogue, FollowUp]]:
    """One follow-up a dialogue: of the first its first, of the second its second, and so on around."""
    fitting = [d for d in dialogues if d.split == split and d.context and d.context[0].signal == signal]
    pairs = [(d, [one for one in d.follow_ups if one.kind == kind]) for d in fitting]
    having = [(d, answers) for d, answers in pairs if answers]
    return [(d, answers[number % len(answers)]) for number, (d, answers) in enumerate(having[:count])]


def _lengthen(dialogue: Dialogue, answer: FollowUp, size: int) -> Dialogue:
    """The dialogue keeps its id: to a bootstrap over dialogues, its follow-ups belong together."""
    said = " ".join(one.say for one in dialogue.follow_ups)
    context = grow_context(dialogue.context, size, dialogue.split, f"{dialogue.id} long", said)
    return replace(dialogue, context=context, follow_ups=(replace(answer, id=f"{answer.id}-{size}", clip=answer.id),))
