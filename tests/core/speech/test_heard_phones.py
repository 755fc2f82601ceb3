"""The two searches over the phones of a clip, against every path of a small clip, one by one."""

from itertools import groupby, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.speech.heard_phones import BLANK, HeardPhones, Scores
from core.speech.phones import SYMBOLS, Phones, index_phones
from core.speech.phonetics import pronounce

PHONES = 2
Labels = tuple[int, ...]
CLIPS = st.lists(st.lists(st.floats(-3.0, 0.0), min_size=1 + PHONES, max_size=1 + PHONES), min_size=1, max_size=5).map(
    lambda rows: np.array(rows, dtype=np.float32)
)
SEQUENCES = st.lists(st.lists(st.integers(0, PHONES - 1), max_size=3), min_size=1, max_size=4)


def as_phones(sequence: list[int]) -> Phones:
    return np.array(sequence, dtype=np.intp)


def collapse(path: Labels) -> Labels:
    return tuple(label for label, _ in groupby(path) if label != BLANK)


def likelihoods(clip: Scores, sequence: list[int]) -> list[float]:
    """Of every path that reads as the sequence."""
    said = tuple(phone + 1 for phone in sequence)
    paths = product(range(1 + PHONES), repeat=len(clip))
    return [
        sum(float(row[label]) for row, label in zip(clip, path, strict=True))
        for path in paths
        if collapse(path) == said
    ]


def sound(text: str) -> str:
    return pronounce(text)[0]


def spell(text: str, sure: float = 0.9) -> HeardPhones:
    """A clip in which these phones are heard, a blank after each."""
    rows = []
    for phone in index_phones(text):
        for label in (phone + 1, BLANK):
            row = np.full(1 + len(SYMBOLS), (1.0 - sure) / len(SYMBOLS))
            row[label] = sure
            rows.append(np.log(row))
    return HeardPhones(np.array(rows, dtype=np.float32))


@settings(deadline=None)
@given(CLIPS, SEQUENCES)
def test_the_whole_is_the_likeliest_path_that_reads_so(clip: Scores, sequences: list[list[int]]) -> None:
    clip = clip - 1.0  # no frame is surely blank
    found = HeardPhones(clip).measure([as_phones(sequence) for sequence in sequences])
    for score, sequence in zip(found.tolist(), sequences, strict=True):
        every = likelihoods(clip, sequence)
        assert score == pytest.approx(max(every), abs=1e-4) if every else score < -1e8


@settings(deadline=None)
@given(CLIPS, SEQUENCES)
def test_a_part_is_the_likeliest_path_in_any_stretch_beside_the_best_phones_there(
    clip: Scores, sequences: list[list[int]]
) -> None:
    clip = clip - 1.0
    lost = clip - clip.max(axis=1, keepdims=True)
    found = HeardPhones(clip).find([as_phones(sequence) for sequence in sequences])
    stretches = [lost[i:j] for i in range(len(lost)) for j in range(i + 1, len(lost) + 1)]
    for score, sequence in zip(found.tolist(), sequences, strict=True):
        every = [one for stretch in stretches for one in likelihoods(stretch, sequence)]
        expected = max(every, default=None) if sequence else 0.0
        assert score == pytest.approx(expected, abs=1e-4) if expected is not None else score < -1e8


@given(SEQUENCES, CLIPS)
def test_a_score_does_not_depend_on_what_lies_beside_it(sequences: list[list[int]], clip: Scores) -> None:
    phones, heard = [as_phones(sequence) for sequence in sequences], HeardPhones(clip)
    assert heard.find(phones).tolist() == [heard.find([one])[0] for one in phones]
    assert heard.measure(phones).tolist() == [heard.measure([one])[0] for one in phones]


def test_what_was_heard_is_found_and_what_was_not_is_not() -> None:
    heard = spell(f"kɔl{sound('Meg Bauer')}")
    meg_bauer, power, jones = heard.find(
        [index_phones(sound(text)) for text in ("Meg Bauer", "Power", "Jones")]
    ).tolist()
    assert meg_bauer == 0.0
    assert 0.0 > power > jones


def test_stretches_of_blanks_cost_nothing_and_change_nothing() -> None:
    rows = np.log(np.array([[0.99, 0.005, 0.005], [0.1, 0.8, 0.1], [0.99, 0.005, 0.005]], dtype=np.float32))
    short, long = HeardPhones(rows), HeardPhones(np.repeat(rows, [20, 1, 20], axis=0))
    said = [as_phones([0]), as_phones([1]), as_phones([0, 1])]
    assert long.find(said).tolist() == short.find(said).tolist()
    assert long.measure(said).tolist() == short.measure(said).tolist()


def test_nothing_to_look_for_and_nothing_heard_are_fine() -> None:
    silence = HeardPhones(np.zeros((0, 1 + len(SYMBOLS)), dtype=np.float32))
    assert silence.find([]).tolist() == silence.measure([]).tolist() == []
    assert silence.find([index_phones("a"), index_phones("")])[1] == 0.0
    assert silence.measure([index_phones("a")])[0] < -1e8
