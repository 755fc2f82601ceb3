"""The set `followups`: answers to a question about names, from the templates in `texts/<split>/`."""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from core.dialogue import ContextItem, Signal, Turn
from core.errors import DataFileError
from evals.corpus.casting import cast
from evals.corpus.names import draw_size, grow_context
from evals.corpus.texts import SPLITS, Dialogue, FollowUp, Form, Split, read_texts

SIGNALS: tuple[Signal, ...] = ("contacts", "devices", "places", "media", "screen", "local_info")


FOURTH_FORMS: tuple[Form, ...] = ("short", "ordinal")


@dataclass(frozen=True, slots=True)
class Template:
    """A dialogue with slots.

    user, assistant: the turns before; {given} is the first word of the names, {0}, {1}, … are the names, {all} lists
        them.
    sentence: an answer with the name at {}.
    ordinal: an answer that names nothing, such as "The second one."
    short: which word of a name is enough, "first" or "last".
    """

    signal: Signal
    short: str
    user: str
    assistant: str
    sentence: str
    ordinal: str


def read_followups() -> list[Dialogue]:
    """All dialogues of the set, in the order of the files.

    Raises:
        DataFileError: a file is not as it should be; the message names it.
    """
    return [dialogue for split in SPLITS for signal in SIGNALS for dialogue in _read_file(split, signal)]


def _read_file(split: Split, signal: Signal) -> Iterator[Dialogue]:
    record = read_texts(split, signal)
    try:
        for template, names in list_templates(record):
            yield make_dialogue(template, names, split)
    except (KeyError, TypeError, IndexError, AttributeError) as exc:
        raise DataFileError(f"{split}/{signal}.toml holds a template that cannot be used ({exc!r}).") from exc


def list_templates(record: Mapping[str, Any]) -> Iterator[tuple[Template, Sequence[str]]]:
    """Each template of a file with each of its lists of names."""
    common = {"signal": record["signal"], "short": record["short"]}
    for one in record["template"]:
        lists = one["names"]
        template = Template(**common, **{key: text for key, text in one.items() if key != "names"})
        yield from ((template, names) for names in lists)


def make_dialogue(template: Template, names: Sequence[str], split: Split) -> Dialogue:
    """Fill the template's slots; its four answers are spoken as their ids decide."""
    dialogue_id = f"{split}-{template.signal}-{names[0].split()[0].casefold()}"
    spoken = tuple(ContextItem(template.signal, name) for name in names)
    answers = tuple(
        replace(answer, **asdict(cast(answer.id, split))) for answer in _answers(template, names, dialogue_id)
    )
    turns = (Turn("user", fill(template.user, names)), Turn("assistant", fill(template.assistant, names)))
    said = " ".join(answer.say for answer in answers)
    context = grow_context(spoken, draw_size(len(names), dialogue_id), split, dialogue_id, said=said)
    return Dialogue(dialogue_id, split, turns, context, answers)


def fill(text: str, names: Sequence[str]) -> str:
    """Put names into a turn's slots."""
    listed = f"{', '.join(names[:-1])} and {names[-1]}"
    return text.format(*names, given=names[0].split()[0], all=listed)


def _answers(template: Template, names: Sequence[str], dialogue_id: str) -> Iterator[FollowUp]:
    """A short, a full, a longer answer, and in every second dialogue an ordinal; the names take turns."""
    rng = random.Random(dialogue_id)  # noqa: S311 - nothing secret
    order = rng.sample(list(names), len(names))
    forms: list[Form] = ["short", "full", "sentence", rng.choice(FOURTH_FORMS)]
    for number, form in enumerate(forms):
        yield _answer(template, order[number % len(order)], form, f"{dialogue_id}-{number + 1}")


def _answer(template: Template, name: str, form: Form, answer_id: str) -> FollowUp:
    if form == "ordinal":
        return FollowUp(answer_id, "anti", seed=0, say=template.ordinal, form=form)
    words = name.split()
    if form == "full" and len(words) == 1:
        form = "short"
    say = {
        "short": f"{words[0 if template.short == 'first' else -1]}.",
        "full": f"{name}.",
        "sentence": template.sentence.format(name),
    }[form]
    return FollowUp(answer_id, "positive", seed=0, say=say, entity=name, form=form)
