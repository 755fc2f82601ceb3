import pytest

from evals.report.verdict import choose_part, judge, list_findings, tell_headline


def change(value: float | None, low: float | None = None, high: float | None = None) -> dict[str, float | None]:
    return {"value": value, "low": low, "high": high, "permutation_p": 0.5}


@pytest.mark.parametrize(
    ("low", "value", "high", "higher_is_better", "verdict"),
    [
        (0.1, 0.2, 0.3, True, "better"),
        (0.1, 0.2, 0.3, False, "worse"),
        (-0.3, -0.2, -0.1, True, "worse"),
        (-0.3, -0.2, -0.1, False, "better"),
        (-0.1, 0.2, 0.3, True, "not distinguishable"),
        (0.0, 0.2, 0.3, True, "not distinguishable"),
        (-0.3, -0.2, 0.0, True, "not distinguishable"),
        (0.0, 0.0, 0.0, True, "no difference"),
        (None, 0.9, None, True, "no interval"),
        (None, None, None, True, "undefined"),
    ],
)
def test_figures_are_put_into_words(
    low: float | None, value: float | None, high: float | None, higher_is_better: bool, verdict: str
) -> None:
    assert judge(change(value, low, high), higher_is_better) == verdict


def group(gain: dict[str, float | None]) -> dict[str, object]:
    return {
        "without_context": {"n_utterances": 40, "n_words": 90},
        "relative_wer_reduction": gain,
        "n_dialogues": 20,
    }


@pytest.mark.parametrize(
    ("gain", "sentence", "figures"),
    [
        (change(0.261, 0.2, 0.3), "Context lowers the word error rate.",
         "Relative WER reduction 26.1 % (95 % interval 20.0 % to 30.0 %) over 40 positive utterances"),
        (change(0.1, -0.05, 0.2), "With and without context are not distinguishable.", "\u22125.0 % to 20.0 %"),
        (change(-0.5, -0.9, -0.1), "Context raises the word error rate.", "reduction \u221250.0 %"),
        (change(0.9), "There are too few dialogues or errors to tell a gain from chance.", "90.0 % over 40 positive"),
        (change(None), "There is no word error without context, so a relative gain is undefined.",
         "40 positive utterances, 90 words, 20 dialogues."),
    ],
)  # fmt: skip
def test_the_headline_says_what_may_be_believed(gain: dict[str, float | None], sentence: str, figures: str) -> None:
    told = tell_headline({"positive": group(gain), "all": group(change(0.0, 0.0, 0.0))})
    assert told[0] == sentence
    assert figures in told[1].replace("\u00a0", " ")


def test_a_set_without_positive_utterances_tells_of_all() -> None:
    assert "over 40 utterances" in tell_headline({"all": group(change(0.1, 0.05, 0.2))})[1]


def test_the_test_split_is_told_where_there_is_one() -> None:
    everything, test = {"all": group(change(0.1))}, {"all": group(change(0.2))}
    assert choose_part({"by_kind": everything, "by_slice": {"split": {"dev": everything, "test": test}}})[0] == test
    assert choose_part({"by_kind": everything, "by_slice": {"noise": {"test": test}}}) == (everything, "")


def test_harms_are_found_for_each_kind_that_is_there() -> None:
    silent = {
        "without_context": {"utterances_with_words": 0, "n_utterances": 4},
        "with_context": {"utterances_with_words": 1, "n_utterances": 4},
        "differences": {"with_words": change(0.25, 0.1, 0.5)},
    }
    (finding,) = list_findings({"no_speech": silent}, gains=False)
    assert (finding.measure, finding.without, finding.with_) == ("clips with words", 0.0, 0.25)
    assert finding.verdict == "worse"
    assert list_findings({"no_speech": silent}, gains=True) == []
