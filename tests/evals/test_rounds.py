import pytest

from core.speech.words import FUNCTION_WORDS, spoken_words
from evals.corpus.texts import SPLITS, Split
from evals.rounds import ARMS, Case, list_cases, score
from tests.core.context.embeddings import embed_by_hash


def content_words(text: str) -> set[str]:
    return {word for word in spoken_words(text) if word not in FUNCTION_WORDS}


def said(case: Case) -> str:
    return " ".join(text for round_ in case.rounds for text in round_)


@pytest.mark.parametrize("split", SPLITS)
def test_every_case_has_its_right_item_among_different_ones(split: Split) -> None:
    cases = list_cases(split)
    assert {case.question for case in cases} == {"earlier", "newest", "preferences"}
    assert all(case.right in case.items for case in cases)
    assert all(len(set(case.items)) == len(case.items) for case in cases)


@pytest.mark.parametrize("split", SPLITS)
def test_no_item_can_be_found_by_a_word_of_what_was_said(split: Split) -> None:
    told = [case for case in list_cases(split) if case.question == "earlier"]
    assert [case.right for case in told if content_words(case.right) & content_words(" ".join(case.rounds[0]))] == []


def test_the_splits_share_no_item_and_no_request() -> None:
    dev, test = ({text for case in list_cases(split) for text in (*case.items, said(case))} for split in SPLITS)
    assert dev.isdisjoint(test)


def test_the_arms_are_counted_over_the_same_cases() -> None:
    cases = [case for case in list_cases("dev") if case.question == "preferences"][:4]
    scores = score(cases, embed_by_hash)["preferences"]
    assert (scores["cases"], scores["subjects"]) == (4, 2)
    assert set(scores["right"]) == set(ARMS)
    # Of one round, the last one is the whole; only what else is known can make a difference.
    assert scores["right"]["rounds"] == scores["right"]["last_round"]
    assert scores["gain"]["rounds"] == {"value": 0.0, "low": 0.0, "high": 0.0}
