from typing import TYPE_CHECKING

import pytest

from core.context.ranking import compute_context
from core.dialogue import ContextItem, Turn
from core.errors import RunError
from evals.arms import ArmContexts, choose_arms, choose_signals
from tests.evals.builders import an_utterance

if TYPE_CHECKING:
    from core.context.bias import BiasList
    from core.context.embedding import Embedder

CONTACTS = (ContextItem("contacts", "Meg Jones"), ContextItem("contacts", "Meg Bauer"))
LAMP = ContextItem("devices", "hall lamp")
ASKED = (Turn("user", "Call Meg."), Turn("assistant", "Do you mean Meg Jones or Anna?"))
MEG = an_utterance("u1", "d1", text="Bauer.", dialogue=ASKED, context=(*CONTACTS, LAMP))
OTHER = an_utterance("u2", "d2", context=(ContextItem("contacts", "Oluchi Nwankwo"), ContextItem("devices", "fan")))
PLAIN = an_utterance("u3", "d3", kind="no_context", dialogue=ASKED)
SET = (MEG, OTHER, PLAIN)


def texts(bias: "BiasList") -> set[str]:
    return {hotword.text for hotword in bias.hotwords}


def test_signals_are_those_of_the_set_and_the_turn_before() -> None:
    assert choose_signals(SET, None) == ("prior_turn", "contacts", "devices")
    assert choose_signals(SET, ["devices", "contacts", "devices"]) == ("contacts", "devices")
    assert choose_signals([PLAIN], None) == ()


@pytest.mark.parametrize(
    ("asked", "hint"),
    [
        ("contact", "did you mean contacts?"),
        ("prior", "did you mean prior_turn?"),
        ("media", "there are prior_turn, contacts, devices."),
        ("", "there are prior_turn, contacts, devices."),
    ],
)
def test_an_unknown_signal_is_told_with_the_nearest(asked: str, hint: str) -> None:
    with pytest.raises(RunError, match="no signal") as caught:
        choose_signals(SET, ["contacts", asked])
    assert str(caught.value).endswith(hint)


def test_a_set_without_context_has_no_signal_to_choose() -> None:
    with pytest.raises(RunError, match="there are none"):
        choose_signals([PLAIN], ["contacts"])


@pytest.mark.parametrize(
    ("asked", "ablate", "expected"),
    [
        (("with_context", "without_context"), False, "without_context with_context"),
        (("with_context",), False, "without_context with_context"),
        (("without_context",), False, "without_context"),
        (("placebo", "only:devices"), False, "without_context only:devices placebo"),
        (
            ("without_context", "with_context"),
            True,
            "without_context with_context only:contacts only:devices without:contacts without:devices placebo",
        ),
    ],
)
def test_arms_have_one_order_and_always_the_plain_one(asked: tuple[str, ...], ablate: bool, expected: str) -> None:
    assert choose_arms(("contacts", "devices"), asked, ablate) == tuple(expected.split())


@pytest.mark.parametrize(
    ("asked", "hint"),
    [
        ("with_contxt", "did you mean with_context?"),
        ("only:contact", "did you mean only:contacts?"),
        ("xyz", "without:contacts, placebo, stock, stock_hotwords, stock_initial_prompt, context_asr."),
    ],
)
def test_an_unknown_arm_is_told_with_the_nearest(asked: str, hint: str) -> None:
    with pytest.raises(RunError, match="no arm") as caught:
        choose_arms(("contacts",), (asked,))
    assert str(caught.value).endswith(hint)


def test_each_arm_gets_its_items_and_no_others(embedder: "Embedder") -> None:
    signals = choose_signals(SET, None)
    arms = choose_arms(signals, ablate=True)
    biases = ArmContexts(SET, arms, signals, embedder.encode, seed=1).build_biases(MEG)
    assert list(biases) == list(arms)
    every = {"Meg Jones", "Meg Bauer", "hall lamp", "Anna"}
    placebo = texts(biases.pop("placebo"))
    assert {arm: texts(bias) for arm, bias in biases.items()} == {
        "without_context": set(),
        "with_context": every,
        "only:prior_turn": {"Meg Jones", "Anna"},
        "only:contacts": {"Meg Jones", "Meg Bauer"},
        "only:devices": {"hall lamp"},
        "without:prior_turn": {"Meg Jones", "Meg Bauer", "hall lamp"},
        "without:contacts": {"Meg Jones", "Anna", "hall lamp"},
        "without:devices": {"Meg Jones", "Meg Bauer", "Anna"},
    }
    assert placebo == {"Oluchi Nwankwo", "fan"}


def test_with_context_is_what_the_app_computes(embedder: "Embedder") -> None:
    signals = choose_signals(SET, None)
    contexts = ArmContexts(SET, choose_arms(signals), signals, embedder.encode, seed=1)
    bias = contexts.build_biases(MEG)["with_context"]
    assert bias == compute_context(MEG.dialogue, MEG.context, embedder.encode).bias


def test_signals_that_were_not_chosen_give_no_items(embedder: "Embedder") -> None:
    signals = choose_signals(SET, ["devices"])
    arms = choose_arms(signals, ablate=True)
    biases = ArmContexts(SET, arms, signals, embedder.encode, seed=1).build_biases(MEG)
    assert texts(biases["with_context"]) == {"hall lamp"}
    assert texts(biases["placebo"]) == {"fan"}


def test_an_utterance_without_context_stays_without_it_in_all_arms(embedder: "Embedder") -> None:
    signals = choose_signals(SET, None)
    contexts = ArmContexts(SET, choose_arms(signals, ablate=True), signals, embedder.encode, seed=1)
    assert not any(contexts.build_biases(PLAIN).values())
