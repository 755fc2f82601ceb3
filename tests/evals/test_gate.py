"""The gate's weights are learned from what the recogniser would choose from."""

from dataclasses import replace

import numpy as np
import pytest

from core.speech.gate import Features
from core.speech.words import spoken_words
from evals import gate
from evals.gate import Example, collect, cross_validate, fit, print_errors
from evals.manifest import read_shipped

PLAIN = Features()


def weigh_up(rows: list[Features], errors: list[float], kind: str = "positive", name: str = "a dialogue") -> Example:
    """Two texts or more, the plain one first; whatever is wrong about another one is a name that nobody said."""
    false_names = [0.0, *(float(error > errors[0]) for error in errors[1:])]
    return Example(name, kind, 3, int(errors[0]), np.array(rows), np.array(errors), np.array(false_names))


def choose(example: Example, weights: np.ndarray) -> int:
    return int(np.argmax(example.features @ weights))


def test_what_told_right_texts_from_wrong_ones_is_believed() -> None:
    right = weigh_up([PLAIN, Features(evidence=1.0, heard=-0.1)], [2.0, 0.0])
    wrong = weigh_up([PLAIN, Features(evidence=1.0, heard=-2.0)], [0.0, 2.0], kind="sound_alike")
    weights = fit([right, wrong])
    assert (choose(right, weights), choose(wrong, weights)) == (1, 0)


def test_a_valley_in_which_everything_is_believed_is_left() -> None:
    """Where a start is sure of a mistake, no slope leads away from it."""
    fooled = [weigh_up([PLAIN, Features(evidence=60.0, foreign=1.0)], [0.0, 1.0]) for _ in range(40)]
    found = [weigh_up([PLAIN, Features(evidence=0.5, whole=1.0)], [1.0, 0.0]) for _ in range(40)]
    weights = fit([*fooled, *found])
    assert [choose(one, weights) for one in (fooled[0], found[0])] == [0, 1]


def test_a_dialogue_is_judged_by_weights_that_never_saw_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    examples = [
        weigh_up([PLAIN, Features(evidence=float(number))], [1.0, 0.0], name=f"dialogue {number}")
        for number in range(1, 11)
    ]
    learned: list[set[str]] = []

    def watch(some: list[Example]) -> np.ndarray:
        learned.append({one.dialogue_id for one in some})
        return fit(some)

    monkeypatch.setattr(gate, "fit", watch)
    totals = cross_validate(examples)
    assert [len(some) for some in learned] == [8] * gate.FOLDS
    every = {one.dialogue_id for one in examples}
    assert set.union(*(every - some for some in learned)) == every
    print_errors(totals)
    assert "without context 33.3%  with context 0.0%" in capsys.readouterr().out


def test_an_example_is_what_the_recogniser_would_choose_from() -> None:
    said = next(
        one
        for one in read_shipped()
        if one.kind == "positive" and one.slices["split"] == "dev" and one.slices["list_size"] == "small"
    )
    other = replace(said, text="Something else.")
    [true, false] = collect([said, other], "tiny.en", 1)
    assert true.words == len(spoken_words(said.text))
    assert (true.features == 0).all(axis=1).sum() == 1  # the plain text
    assert true.errors.min() == 0
    assert not true.false_names[int(true.errors.argmin())]
    assert false.false_names.any()
