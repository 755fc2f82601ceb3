"""`python -m evals.rounds`: what the running context is worth, beside the last turn alone.

Texts only: the right item has to be ranked first by the ranking that the bias list is made with. Three questions, each
answered by three arms (the last round alone; the last rounds; the last rounds and what else is known), intervals over
subjects. What is chosen is chosen on the dev cases; the test cases speak of other things.

earlier      the item belongs to the round before the last; the others to subjects that were not spoken of
newest       it belongs to the last round, and the item of the round before stands beside it: nothing may be lost
preferences  two items fit equally well, and something that is known of the user decides
"""

import argparse
import functools
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.command import run_command
from core.context.embedding import Embedder
from core.context.ranking import Embed, rank_candidates
from core.dialogue import ContextItem, Turn
from core.settings import Settings
from evals.bootstrap import resample
from evals.corpus.texts import SPLITS, Split, read_texts

ARMS = ("last_round", "rounds", "rounds_and_information")
OTHERS = 5
STEPS = (1, 4, 7)  # from a subject to those that follow it
SEED = 7


@dataclass(frozen=True, slots=True)
class Case:
    """One question: the rounds (request, reply), what is known, the items, and the right one of them."""

    question: str
    subject: str
    rounds: tuple[tuple[str, str], ...]
    right: str
    items: tuple[str, ...]
    likes: str = ""


def list_cases(split: Split) -> list[Case]:
    """All cases of a split, from its `rounds.toml`."""
    record = read_texts(split, "rounds")
    return [*_list_topics(record["topics"]), *_list_equals(record["equals"])]


def is_right(case: Case, arm: str, embed: Embed) -> bool:
    """Whether the arm ranks the right item first."""
    rounds = case.rounds[-1:] if arm == "last_round" else case.rounds
    turns = [turn for request, reply in rounds for turn in (Turn("user", request), Turn("assistant", reply))]
    known = {"preferences": case.likes} if arm == "rounds_and_information" else {}
    items = [ContextItem("list", text) for text in case.items]
    context = rank_candidates(turns, items, embed, lambda _: (), known)
    return context.bias.hotwords[0].text == case.right


def score(cases: Sequence[Case], embed: Embed) -> dict[str, Any]:
    """By question: the share of each arm, and by how much it beats the last round alone."""
    scores = {}
    for question in dict.fromkeys(case.question for case in cases):
        asked = [case for case in cases if case.question == question]
        hits = {arm: [int(is_right(case, arm, embed)) for case in asked] for arm in ARMS}
        scores[question] = _score_question(asked, hits)
    return scores


def main(arguments: list[str] | None = None) -> int:
    """Print the scores; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m evals.rounds", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--split", choices=SPLITS, default="test", help="which cases; default: test")
    split = parser.parse_args(arguments).split
    embed = Embedder.load(Settings.from_env().embedding_model).encode
    print(json.dumps(score(list_cases(split), _remember(embed)), indent=1))
    return 0


def _remember(embed: Embed) -> Embed:
    """Each text is embedded once."""
    one = functools.cache(lambda text: embed([text])[0])
    return lambda texts: np.stack([one(text) for text in texts])


def _list_topics(topics: Sequence[Sequence[str]]) -> Iterator[Case]:
    """Each subject with a few others after it."""
    for first, (*earlier, item) in enumerate(topics):
        for step in STEPS:
            second = (first + step) % len(topics)
            *newest, newest_item = topics[second]
            rest = [topic[-1] for number, topic in enumerate(topics) if number not in {first, second}]
            others = [rest[(step + turn) % len(rest)] for turn in range(OTHERS)]
            rounds = ((earlier[0], earlier[1]), (newest[0], newest[1]))
            yield Case("earlier", item, rounds, item, (item, *others))
            yield Case("newest", newest_item, rounds, newest_item, (newest_item, item, *others))


def _list_equals(equals: Sequence[dict[str, Any]]) -> Iterator[Case]:
    for one in equals:
        for right, likes in zip(one["items"], one["likes"], strict=True):
            rounds = ((one["request"], one["reply"]),)
            yield Case("preferences", one["request"], rounds, right, tuple(one["items"]), likes)


def _score_question(cases: Sequence[Case], hits: dict[str, list[int]]) -> dict[str, Any]:
    subjects = list(dict.fromkeys(case.subject for case in cases))
    columns = {name: [0] * len(subjects) for name in (*ARMS, "cases")}
    for number, case in enumerate(cases):
        place = subjects.index(case.subject)
        columns["cases"][place] += 1
        for arm in ARMS:
            columns[arm][place] += hits[arm][number]
    drawn = resample(columns, SEED)
    shares = {arm: round(drawn.totals[arm] / len(cases), 3) for arm in ARMS}
    gains = {arm: drawn.measure_difference("last_round", arm, "cases") for arm in ARMS[1:]}
    return {"cases": len(cases), "subjects": len(subjects), "right": shares, "gain": gains}


if __name__ == "__main__":
    run_command(main)
