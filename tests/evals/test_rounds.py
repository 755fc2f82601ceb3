from core.store.vault import Vault
from evals.rounds import ARMS, list_cases, score
from tests.core.context.embeddings import embed_by_hash


def test_every_case_has_its_right_item_among_different_ones() -> None:
    cases = list_cases()
    assert {case.question for case in cases} == {"earlier", "newest", "preferences"}
    assert all(case.right in case.items for case in cases)
    assert all(len(set(case.items)) == len(case.items) for case in cases)


def test_the_arms_are_counted_over_the_same_cases(vault: Vault) -> None:
    cases = [case for case in list_cases() if case.question == "preferences"][:4]
    scores = score(cases, vault, embed_by_hash)["preferences"]
    assert (scores["cases"], scores["subjects"]) == (4, 2)
    assert set(scores["right"]) == set(ARMS)
    # Of one round, the last one is the whole; only what else is known can make a difference.
    assert scores["right"]["rounds"] == scores["right"]["last_round"]
    assert scores["gain"]["rounds"] == {"value": 0.0, "low": 0.0, "high": 0.0}
