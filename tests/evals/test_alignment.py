import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.alignment import DELETION, INSERTION, SUBSTITUTION, Pair, align_words

WORDS = st.lists(st.sampled_from(["a", "b", "c"]), max_size=7)


@pytest.mark.parametrize(
    ("reference", "hypothesis", "pairs"),
    [
        ("", "", ()),
        ("a b", "", (("a", None), ("b", None))),
        ("", "a", ((None, "a"),)),
        ("call bauer", "call power", (("call", "call"), ("bauer", "power"))),
        # Two edits either way; a substitution (4) is cheaper than an insertion and a deletion (6).
        ("a b", "b c", (("a", None), ("b", "b"), (None, "c"))),
        ("a", "b a", ((None, "b"), ("a", "a"))),
        ("a a", "a", (("a", None), ("a", "a"))),
    ],
)
def test_words_are_aligned(reference: str, hypothesis: str, pairs: tuple[Pair, ...]) -> None:
    assert align_words(reference.split(), hypothesis.split()) == pairs


@given(WORDS, WORDS)
def test_an_alignment_holds_both_texts_in_order(reference: list[str], hypothesis: list[str]) -> None:
    pairs = align_words(reference, hypothesis)
    assert [word for word, _ in pairs if word is not None] == reference
    assert [heard for _, heard in pairs if heard is not None] == hypothesis
    assert (None, None) not in pairs


@given(WORDS, WORDS)
def test_no_alignment_is_cheaper(reference: list[str], hypothesis: list[str]) -> None:
    def cheapest(i: int, j: int) -> int:
        if not i or not j:
            return 3 * (i + j)
        edit = 0 if reference[i - 1] == hypothesis[j - 1] else 4
        return min(cheapest(i - 1, j - 1) + edit, cheapest(i, j - 1) + 3, cheapest(i - 1, j) + 3)

    assert sum(map(_cost, align_words(reference, hypothesis))) == cheapest(len(reference), len(hypothesis))


def _cost(pair: Pair) -> int:
    word, heard = pair
    if word is None:
        return INSERTION
    if heard is None:
        return DELETION
    return 0 if word == heard else SUBSTITUTION
