"""The gate's features by hand, and what it decides."""

from dataclasses import replace

import numpy as np
import pytest

from core.speech.gate import (
    CLEAR,
    DOUBTED,
    DOUBTFUL,
    ENDING_ALONE,
    HOPELESS,
    Features,
    Gate,
    Plain,
    Surroundings,
    adds_words,
    goes_on_with_list,
    leave_out_list_commas,
)
from core.speech.heard_phones import HeardPhones
from core.speech.phones import SYMBOLS, index_phones
from core.speech.phonetics import pronounce

MEGS = Surroundings(
    words=frozenset(("meg", "bauer", "jones")),
    named=frozenset(("meg", "bauer", "jones")),
    items=(("meg", "bauer"), ("meg", "jones")),
)
POWER = Plain("Power.")
LISTENS_TO_EVIDENCE = Features(evidence=1.0)


def features(plain: str, text: str, around: Surroundings = MEGS) -> Features:
    return Gate(Plain(plain), around).compare({plain: -10.0, text: -5.0})[text]


def test_the_plain_text_has_no_features() -> None:
    assert Gate(POWER, MEGS).compare({"Power.": -10.0, "Bauer.": -5.0})["Power."] == Features()


def test_a_part_of_an_item() -> None:
    one = features("Power.", "Bauer.")
    assert one.evidence == 1.0
    assert (one.longer, one.foreign, one.whole) == (0.0, 0.0, 0.0)
    assert one.new_mass > 0


def test_a_whole_item() -> None:
    assert features("Power.", "Meg Bauer.").whole == 1.0
    assert features("Meg power.", "Meg Bauer.").whole == 1.0
    assert features("Power.", "Meg Bauer.").longer == pytest.approx(1 / 3)


def test_a_part_counts_against_a_text_unless_its_item_was_read_out() -> None:
    nobody_read_out = replace(MEGS, named=frozenset())
    assert features("Power.", "Bauer.").unnamed_part == 0.0
    assert features("Power.", "Bauer.", nobody_read_out).unnamed_part == 1.0
    assert features("Power.", "Meg Bauer.", nobody_read_out).unnamed_part == 0.0
    assert features("Power.", "Tower.", nobody_read_out).unnamed_part == 0.0


def test_words_of_neither_are_foreign() -> None:
    one = features("Power.", "Please hurry.")
    assert (one.foreign, one.new_mass) == (2.0, 0.0)


def test_a_name_that_fits_the_clip_badly_is_unclear_however_badly_the_plain_text_fits() -> None:
    phones = HeardPhones(np.full((40, 1 + len(SYMBOLS)), -np.log(1 + len(SYMBOLS)), dtype=np.float32))
    compared = Gate(Plain("Power.", phones), MEGS).compare({"Power.": -10.0, "Bauer.": -5.0, "Tower.": -5.0})
    each = phones.measure([index_phones(pronounce("bauer")[0])])[0] / len(index_phones(pronounce("bauer")[0]))
    assert compared["Bauer."].unclear == pytest.approx(each - CLEAR)
    assert compared["Tower."].unclear == 0.0
    assert compared["Power."] == Features()


def test_what_fits_well_enough_is_not_unclear() -> None:
    said = index_phones(pronounce("bauer")[0])
    log_chances = np.full((len(said), 1 + len(SYMBOLS)), -9.0, dtype=np.float32)
    log_chances[np.arange(len(said)), said + 1] = -0.1
    compared = Gate(Plain("Power.", HeardPhones(log_chances)), MEGS).compare({"Power.": -10.0, "Bauer.": -5.0})
    assert compared["Bauer."].unclear == 0.0


def test_a_plain_text_that_fits_the_clip_speaks_for_itself() -> None:
    said = index_phones(pronounce("power")[0])
    log_chances = np.full((len(said), 1 + len(SYMBOLS)), -9.0, dtype=np.float32)
    log_chances[np.arange(len(said)), said + 1] = -0.1
    plain = Plain("Power.", HeardPhones(log_chances))
    compared = Gate(plain, MEGS).compare({"Power.": -10.0, "Bauer.": -5.0, "Or.": -5.0})
    assert compared["Bauer."].written == pytest.approx(-0.1 - DOUBTFUL)
    assert (compared["Or."].written, compared["Power."].written) == (0.0, 0.0)
    assert features("Power.", "Bauer.").written == 0.0


def test_spelling_makes_no_text_of_its_own() -> None:
    compared = Gate(POWER, MEGS).compare({"Power.": -10.0, "power": -8.0, "Bauer.": -9.0, "Bauer?": -7.0})
    assert list(compared) == ["Power.", "Bauer?"]
    assert compared["Bauer?"].evidence == pytest.approx((-7.0 + 8.0) / 5)


@pytest.mark.parametrize(("logprob", "text"), [(-12.0, "Power."), (-10.0, "Power."), (-9.0, "Bauer.")])
def test_the_likelier_text_is_chosen_and_the_plain_one_if_they_are_equal(logprob: float, text: str) -> None:
    scored = {"Power.": -10.0, "Bauer.": logprob}
    alternative = Gate(POWER, MEGS, LISTENS_TO_EVIDENCE).find_alternative(scored)
    assert alternative is not None
    assert (alternative.text if alternative.margin > 0 else "Power.") == text


@pytest.mark.parametrize("text", ["日本", "...", ""])
def test_texts_without_sound_are_compared_all_the_same(text: str) -> None:
    assert features("Power.", text).evidence == 1.0


def test_only_a_word_of_the_context_that_was_not_there_is_added() -> None:
    assert adds_words("Power.", "Bauer.", MEGS)
    assert adds_words("Call power.", "Call Bauer's mother.", MEGS)
    assert not adds_words("Call Bauer.", "Ring Bauer.", MEGS)
    assert not adds_words("Power.", "Tower.", MEGS)


@pytest.mark.parametrize(
    "text",
    ["Meg Bauer, Jones.", "Bauer, Meg Jones", "Call Meg, Bauer, Jones,", "Bauer, Bauer."],
)
def test_a_text_may_go_on_with_the_list_of_the_prompt(text: str) -> None:
    assert goes_on_with_list(text, "Call power.", MEGS)


@pytest.mark.parametrize(
    "text",
    [
        "Meg, Bauer.",
        "Bauer.",
        "Bauer,",
        "Bauer, please.",
        "Jones, power.",
        "No, Bauer.",
        "No, I meant Meg Bauer.",
        "",
        ", Bauer",
    ],
)
def test_the_rest_of_an_item_and_other_words_are_no_list(text: str) -> None:
    assert not goes_on_with_list(text, "Call power.", MEGS)


@pytest.mark.parametrize(
    ("text", "plain", "without"),
    [
        ("Meg, Bauer.", "Make power.", "Meg Bauer."),
        ("Senate, Bauer, Jones, 30 seconds.", "Set a timer for 30 seconds.", "Senate Bauer Jones 30 seconds."),
        ("No, Bauer, please.", "No power please.", "No Bauer please."),
        ("No, Bauer.", "No, power.", "No, Bauer."),
        ("Meg , Bauer.", "Make power.", "Meg Bauer."),
        (
            "Call Bauer, and then, if you can, go.",
            "Call power and then if you can go.",
            "Call Bauer and then, if you can, go.",
        ),
        ("Call Bauer.", "Call power.", "Call Bauer."),
    ],
)
def test_commas_beside_new_words_of_the_context_are_those_of_the_list(text: str, plain: str, without: str) -> None:
    assert leave_out_list_commas(text, plain, MEGS) == without


def test_each_text_is_judged_but_the_plain_one() -> None:
    scored = {"Power.": -10.0, "Bauer.": -9.0, "bauer": -12.0, "Tower.": -15.0}
    margins = Gate(POWER, MEGS, LISTENS_TO_EVIDENCE).judge(scored)
    assert margins == {"Bauer.": pytest.approx(0.2), "Tower.": pytest.approx(-1.0)}


def test_what_no_evidence_could_lift_is_not_asked_for() -> None:
    against_foreign_words = Features(evidence=1.0, foreign=HOPELESS)
    gate = Gate(POWER, MEGS, against_foreign_words)
    texts = ["Bauer.", "Tower.", "bauer", "Or tower.", "POWER"]
    assert gate.leave_out_hopeless(texts) == ["Bauer.", "Tower.", "bauer", "POWER"]
    assert gate.leave_out_hopeless([]) == []


@pytest.mark.parametrize(
    ("text", "ending"),
    [
        ("Bauer.", 0.0),
        ("Bauers.", ENDING_ALONE),
        ("Meg Bauer's.", ENDING_ALONE),
        ("It's Bauer's.", 1.0),
        ("Bauer's mother.", 1.0),
        ("Bauer\u2019s mother.", 1.0),
        ("Meg's Bauers.", 2 * ENDING_ALONE),
        ("Meg's or Bauer's.", 2.0),
        ("Meg Jones.", 0.0),
        ("Towers.", 0.0),
    ],
)
def test_an_ending_that_no_item_has(text: str, ending: float) -> None:
    assert features("Power.", text).ending == ending


def test_of_two_forms_that_are_heard_alike_the_listed_one_is_chosen() -> None:
    chosen = Gate(Plain("Powers."), MEGS).find_alternative({"Powers.": -20.0, "Bauer.": -3.0, "Bauers.": -2.9})
    assert chosen is not None
    assert chosen.text == "Bauer."
    in_a_sentence = {"It's powers.": -20.0, "It's Bauer.": -3.0, "It's Bauer's.": -1.0}
    chosen = Gate(Plain("It's powers."), MEGS).find_alternative(in_a_sentence)
    assert chosen is not None
    assert chosen.text == "It's Bauer's."
    surely_more = Gate(Plain("Powers."), MEGS).find_alternative({"Powers.": -20.0, "Bauer.": -3.0, "Bauers.": -0.2})
    assert surely_more is not None
    assert surely_more.text == "Bauers."


def test_a_possessive_or_plural_of_an_item_is_of_the_context() -> None:
    nobody_read_out = replace(MEGS, named=frozenset())
    assert features("Call power's mother.", "Call Bauer's mother.").foreign == 0.0
    assert features("Call power's mother.", "Call Bauer's mother.").unnamed_part == 0.0
    assert features("Call power's mother.", "Call Bauer's mother.", nobody_read_out).unnamed_part == 1.0
    assert features("Call power's mother.", "Call Meg Bauer's mother.").whole == 1.0


def test_where_it_is_doubtful_that_anybody_speaks_new_words_have_to_be_clearer() -> None:
    doubted = Gate(Plain("Power.", is_doubted=True), MEGS)
    compared = doubted.compare(dict.fromkeys(("Power.", "Bauer.", "Powers."), -5.0))
    assert [features.doubted for features in compared.values()] == [0.0, 1.0, 0.0]
    scored = {"Power.": -10.0, "Bauer.": -5.0}
    surely, doubtfully = (gate.find_alternative(scored) for gate in (Gate(POWER, MEGS), doubted))
    assert surely is not None
    assert doubtfully is not None
    assert doubtfully.margin == pytest.approx(surely.margin + DOUBTED)
