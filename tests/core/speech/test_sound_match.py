"""Alignment by sound, against hand-computed values and a plain second implementation."""

from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.speech.phones import GAP, SUBSTITUTION, index_phones
from core.speech.phonetics import pronounce
from core.speech.sound_match import SoundBank

PHONEMES = st.text("bpmtdkɡszɪiæəWlɹ", max_size=7)


def sound(text: str) -> str:
    return pronounce(text)[0]


def match(sequences: list[str], heard: str) -> list[float]:
    costs: list[float] = SoundBank([index_phones(one) for one in sequences]).match(index_phones(heard)).tolist()
    return costs


def measure(sequences: list[str], heard: str) -> list[float]:
    costs: list[float] = SoundBank([index_phones(one) for one in sequences]).measure(index_phones(heard)).tolist()
    return costs


def align(a: str, b: str) -> float:
    """The cost of the whole of both, by recursion."""
    first, second = index_phones(a), index_phones(b)

    @cache
    def cost(i: int, j: int) -> float:
        if i == 0 or j == 0:
            return float(GAP[first[:i]].sum() + GAP[second[:j]].sum())
        fit = cost(i - 1, j - 1) + float(SUBSTITUTION[first[i - 1], second[j - 1]])
        return min(fit, cost(i - 1, j) + float(GAP[first[i - 1]]), cost(i, j - 1) + float(GAP[second[j - 1]]))

    return cost(len(first), len(second))


@given(st.lists(PHONEMES, min_size=1, max_size=4), PHONEMES)
def test_a_match_is_the_best_alignment_with_any_stretch_of_what_was_heard(sequences: list[str], heard: str) -> None:
    stretches = [heard[i:j] for i in range(len(heard) + 1) for j in range(i, len(heard) + 1)]
    expected = [min(align(sequence, stretch) for stretch in stretches) for sequence in sequences]
    assert match(sequences, heard) == pytest.approx(expected, abs=1e-5)


@given(st.lists(PHONEMES, min_size=1, max_size=4), PHONEMES)
def test_a_measure_is_the_alignment_of_both_as_a_share_of_the_heavier(sequences: list[str], heard: str) -> None:
    masses = [max(float(GAP[index_phones(s)].sum()), float(GAP[index_phones(heard)].sum())) for s in sequences]
    expected = [align(s, heard) / mass if mass else 0.0 for s, mass in zip(sequences, masses, strict=True)]
    assert measure(sequences, heard) == pytest.approx(expected, abs=1e-5)


@given(st.lists(PHONEMES, min_size=2, max_size=5), PHONEMES)
def test_a_cost_does_not_depend_on_what_lies_beside_it(sequences: list[str], heard: str) -> None:
    assert match(sequences, heard) == [match([sequence], heard)[0] for sequence in sequences]


def test_the_price_list_is_a_distance() -> None:
    assert np.array_equal(SUBSTITUTION, SUBSTITUTION.T)
    assert not SUBSTITUTION.diagonal().any()
    assert (SUBSTITUTION[~np.eye(len(SUBSTITUTION), dtype=bool)] > 0).all()


@pytest.mark.parametrize(
    ("heard", "nearer", "farther"),
    [
        ("Power.", "Bauer", "Jones"),
        ("Here is FEMA.", "Kirishima", "Nakagawa"),
        ("Lu Ellen.", "Llewellyn", "Pritchard"),
        ("fills coffee", "Philz Coffee", "Phil Collins"),
    ],
)
def test_what_was_misheard_sounds_more_like_the_name(heard: str, nearer: str, farther: str) -> None:
    costs = match([sound(nearer), sound(farther)], sound(heard))
    masses = SoundBank([index_phones(sound(nearer)), index_phones(sound(farther))]).masses
    assert costs[0] / masses[0] < costs[1] / masses[1]


def test_an_empty_bank_and_an_empty_clip_are_fine() -> None:
    assert match([], "bWəɹ") == []
    assert match(["", "bWəɹ"], "") == pytest.approx([0.0, float(GAP[index_phones("bWəɹ")].sum())])
