"""`python -m evals.gate`: fit the weights of `core.speech.gate` on the dev split of the shipped sets, and print them.

What is fitted minimises the expected number of word errors (as in Povey and Woodland 2002, "Minimum Phone Error and
I-smoothing", here over whole texts) under a small L2 penalty. A name of the context that nobody said costs more than
another wrong word: an assistant acts on it. Three sorts of examples: the sets' own small and long
lists; decoys, the same clips beside the two items that sound most like what is said but are not said; and strangers,
beside items of which none is said. Of both, two are named in the reply every second time. Homophones are left out:
nothing can be learned from them. Five-fold cross-validation over dialogues tells what to expect; nothing here looks at
the test split.
"""

import argparse
import functools
import random
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from tqdm import tqdm

from core.context.bias import BiasList, build_bias_list
from core.context.embedding import Embedder
from core.context.ranking import rank_candidates
from core.dialogue import ContextItem, Turn
from core.settings import Settings
from core.speech.audio import read_clip
from core.speech.gate import Features, compare
from core.speech.shortlist import match_hotwords
from core.speech.words import spoken_words
from evals.arms import list_candidates
from evals.engine import load_recognizer
from evals.manifest import Utterance, read_shipped
from evals.measures import count_word_errors
from evals.vectors import SetVectors

FOLDS = 5
PENALTY = 0.02
UNSAID, DECOY, STRANGER = "unsaid", "decoy", "stranger"
ITEMS = 11  # beside a clip of which none is said
FALSE_NAME = 1.0
"""How much a name that nobody said costs beside the errors that it makes. On dev, cross-validated: with 0, 6 of 40
sound-alikes and 31 of 217 decoys get one, and positives have 5.2 % errors; with 0.5 it is 4, 21 and 5.9 %; with 1 it is
none, 15 and 6.4 %.
"""
COUNTS = {"anti": 2.0, "sound_alike": 3.0, DECOY: 2.0, STRANGER: 1.0}
"""How much an error counts: harm is rarer in the sets than it would be in use."""


@dataclass(frozen=True, slots=True, eq=False)
class Example:
    """One clip beside one context: `features` has a row for each possible text, `errors` its word errors, and
    `false_names` 1 where it holds a word of the context that was neither said nor written without it.
    """

    dialogue_id: str
    kind: str
    words: int
    plain_errors: int
    features: NDArray[np.float64]
    errors: NDArray[np.float64]
    false_names: NDArray[np.float64]


def main(arguments: Sequence[str] | None = None) -> None:
    """Collect, cross-validate, fit, print."""
    parser = argparse.ArgumentParser(prog="python -m evals.gate", description="Fit the gate on the dev split.")
    parser.add_argument("--jobs", type=int, default=2, metavar="N", help="processes (default: 2)")
    parser.add_argument("--model", default="tiny.en", help="the recogniser (default: tiny.en)")
    options = parser.parse_args(arguments)
    examples = collect(list(list_utterances()), options.model, options.jobs)
    print_errors(cross_validate(examples))
    weights = Features(*fit(examples).round(2).tolist())
    print("WEIGHTS = Features(")
    for name, value in weights._asdict().items():
        print(f"    {name}={value},")
    print(")")


def list_utterances() -> Iterator[Utterance]:
    """Everything of the dev split in which somebody speaks, its decoys and its strangers."""
    dev = [one for one in read_shipped() if one.slices.get("split") == "dev" and one.kind != "no_speech"]
    yield from (one for one in dev if not one.slices.get("homophone") and one.kind != "no_context")
    unsaid = Unsaid(dev)
    for one in dev:
        if one.slices.get("list_size") in ("small", "none"):
            if one.kind != "positive" or _draw(one).random() < 1 / 3:
                yield unsaid.put_beside(one, DECOY)
            if one.kind == "positive" and _draw(one).random() < 1 / 2:
                yield unsaid.put_beside(one, STRANGER)


class Unsaid:
    """The items of the sets by how they sound."""

    def __init__(self, utterances: Iterable[Utterance]) -> None:
        items = {item.text: item for one in utterances for item in one.context}.values()
        self._words = {item: frozenset(spoken_words(item.text)) for item in items}
        self._by_word = {word: item for item in items for word in item.text.split()}
        self._hotwords = build_bias_list((ContextItem("list", word), 0.0) for word in self._by_word).hotwords

    def put_beside(self, one: Utterance, sort: str) -> Utterance:
        """The same clip beside items none of which is said; two that sound most like it come first among decoys."""
        draw = _draw(one)
        said = frozenset(spoken_words(one.text))
        near = self._find_alike(one.text, said) if sort == DECOY else []
        others = [item for item in draw.sample(list(self._words), 40) if said.isdisjoint(self._words[item])]
        items = (*near, *others[: ITEMS - len(near)])
        asked = f"Do you mean {items[0].text} or {items[2].text}?" if draw.random() < 0.5 else "Which one do you mean?"
        turns = (Turn("user", "I want one of them."), Turn("assistant", asked))
        return replace(one, slices={**one.slices, UNSAID: sort}, dialogue=turns, context=items)

    def _find_alike(self, text: str, said: frozenset[str]) -> list[ContextItem]:
        alike = (self._by_word.get(match.run) for match in match_hotwords(self._hotwords, [text]))
        return list(dict.fromkeys(item for item in alike if item and said.isdisjoint(self._words[item])))[:2]


def _draw(utterance: Utterance) -> random.Random:
    return random.Random(utterance.utterance_id)  # noqa: S311 - no secret


def collect(utterances: Sequence[Utterance], model: str, jobs: int) -> list[Example]:
    """What the recogniser would choose from, for each utterance."""
    work = functools.partial(_collect_one, model)
    biases = _rank(utterances)
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        found = list(tqdm(pool.map(work, utterances, biases, chunksize=8), total=len(utterances), disable=None))
    return [example for example in found if example is not None]


def _rank(utterances: Sequence[Utterance]) -> list[BiasList]:
    texts = (item.text for utterance in utterances for item in list_candidates(utterance))
    embed = SetVectors(Embedder.load(Settings.from_env().embedding_model), texts)
    return [rank_candidates(one.dialogue, list_candidates(one), embed).bias for one in utterances]


def _collect_one(model: str, utterance: Utterance, bias: BiasList) -> Example | None:
    recognizer = load_recognizer(model, 1)
    heard, possible = recognizer.weigh(read_clip(utterance.audio_path), bias)
    if possible is None:
        return None
    plain = heard.hypothesis
    compared = compare(heard.plain, possible.scored, possible.around)
    said = spoken_words(utterance.text)
    errors = [count_word_errors(said, spoken_words(text)) for text in compared]
    told = frozenset(said).union(spoken_words(plain.text))
    offered = frozenset(word for item in utterance.context for word in spoken_words(item.text)) - told
    false_names = [float(not offered.isdisjoint(spoken_words(text))) for text in compared]
    return Example(
        utterance.dialogue_id,
        str(utterance.slices.get(UNSAID, utterance.kind)),
        len(said),
        errors[list(compared).index(plain.text)],
        np.array(list(compared.values()), dtype=np.float64),
        np.array(errors, dtype=np.float64),
        np.array(false_names, dtype=np.float64),
    )


def fit(examples: Sequence[Example]) -> NDArray[np.float64]:
    """The weights with the least expected errors."""

    def measure(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        loss, slope = PENALTY * float(weights @ weights) / 2, PENALTY * weights
        for one in examples:
            chances = _soften(one.features @ weights)
            costs = one.errors + FALSE_NAME * one.false_names
            expected = float(chances @ costs)
            share = COUNTS.get(one.kind, 1.0) / len(examples)
            loss += share * expected
            slope = slope + share * (one.features.T @ (chances * (costs - expected)))
        return loss, slope

    start = np.zeros(len(Features._fields))
    start[0] = 1.0
    return np.array(minimize(measure, start, jac=True, method="L-BFGS-B").x)


def _soften(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    odds = np.exp(scores - scores.max())
    return np.asarray(odds / odds.sum(), dtype=np.float64)


def cross_validate(examples: Sequence[Example]) -> dict[str, Counter[str]]:
    """Errors by kind, each dialogue judged by weights that were fitted without it."""
    dialogues = sorted({one.dialogue_id for one in examples})
    random.Random(0).shuffle(dialogues)  # noqa: S311 - no secret
    fold = {dialogue: place % FOLDS for place, dialogue in enumerate(dialogues)}
    totals: dict[str, Counter[str]] = {}
    for number in range(FOLDS):
        weights = fit([one for one in examples if fold[one.dialogue_id] != number])
        for one in examples:
            if fold[one.dialogue_id] == number:
                totals.setdefault(one.kind, Counter()).update(_judge(one, weights))
    return totals


def _judge(one: Example, weights: NDArray[np.float64]) -> dict[str, int]:
    chosen = int(np.argmax(one.features @ weights))
    return {
        "clips": 1,
        "words": one.words,
        "without context": one.plain_errors,
        "with context": int(one.errors[chosen]),
        "best possible": int(one.errors.min()),
        "false names": int(one.false_names[chosen]),
    }


def print_errors(totals: dict[str, Counter[str]]) -> None:
    """One line a kind: word errors as shares of the words."""
    for kind, total in sorted(totals.items()):
        shares = ((name, total[name] / max(1, total["words"])) for name in _ERRORS)
        told = "  ".join(f"{name} {share:.1%}" for name, share in shares)
        print(f"{kind:<12}{total['clips']:>5} clips  {told}  {total['false names']} with a name that nobody said")


_ERRORS: Iterable[str] = ("without context", "with context", "best possible")

if __name__ == "__main__":
    main()
