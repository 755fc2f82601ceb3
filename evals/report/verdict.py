"""What the figures say in words, so that nobody reads a gain into noise."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from evals.groups import ALL
from evals.results import WITH_CONTEXT, WITHOUT_CONTEXT

GAIN_KIND = "positive"
TEST = "test"
IN_TEST = "All of the test split, on which nothing was tuned."
HIGHER_IS_BETTER = ("entity_recall", "correct")
NAMES = {
    "wer": "WER",
    "b_wer": "B-WER",
    "u_wer": "U-WER",
    "cer": "CER",
    "entity_recall": "entity recall",
    "correct": "written as said",
    "false_accept": "false accepts",
    "with_words": "clips with words",
}
SHOWN = {
    "positive": ("wer", "b_wer", "u_wer", "entity_recall"),
    "anti": ("wer", "false_accept"),
    "sound_alike": ("correct", "false_accept"),
    "homophone": ("correct", "false_accept"),
    "no_context": ("wer",),
    "no_speech": ("with_words",),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One measure in both arms. `change` is with - without context, with its interval; `verdict` says it in words."""

    kind: str
    measure: str
    without: float | None
    with_: float | None
    change: Mapping[str, float | None]
    verdict: str


def list_findings(by_kind: Mapping[str, Any], gains: bool) -> list[Finding]:
    """Where context is meant to help, or all the places where it may harm."""
    return [
        _find(kind, measure, by_kind[kind])
        for kind, measures in SHOWN.items()
        for measure in measures
        if kind in by_kind and (kind == GAIN_KIND) == gains
    ]


def judge(change: Mapping[str, float | None], higher_is_better: bool) -> str:
    """One of: better, worse, not distinguishable, no difference, no interval, undefined."""
    value, low, high = (change[name] for name in ("value", "low", "high"))
    if value is None:
        return "undefined"
    if low is None or high is None:
        return "no interval"
    if value == low == high == 0:
        return "no difference"
    if low <= 0 <= high:
        return "not distinguishable"
    return "better" if (low > 0) == higher_is_better else "worse"


def choose_part(scores: Mapping[str, Any]) -> tuple[Mapping[str, Any], str]:
    """The scores that may be told as the result, by kind, and which part of the set they are of.

    Where the set has a test split, that: the gate and all else that was tuned has seen the dev split.
    """
    test: Mapping[str, Any] | None = scores["by_slice"].get("split", {}).get(TEST)
    return (test, IN_TEST) if test else (scores["by_kind"], "")


def tell_headline(by_kind: Mapping[str, Any]) -> tuple[str, str]:
    """What context does to the word error rate: in one sentence, and in figures with interval and size."""
    kind = GAIN_KIND if GAIN_KIND in by_kind else ALL
    group = by_kind[kind]
    gain = group["relative_wer_reduction"]
    return _HEADLINES[judge(gain, higher_is_better=True)], " ".join(_tell_figures(gain, group, kind))


_HEADLINES = {
    "better": "Context lowers the word error rate.",
    "worse": "Context raises the word error rate.",
    "not distinguishable": "With and without context are not distinguishable.",
    "no difference": "With and without context there is no difference at all.",
    "no interval": "There are too few dialogues or errors to tell a gain from chance.",
    "undefined": "There is no word error without context, so a relative gain is undefined.",
}


def _tell_figures(gain: Mapping[str, float | None], group: Mapping[str, Any], kind: str) -> Iterator[str]:
    if gain["value"] is not None:
        yield f"Relative WER reduction {_percent(gain['value'])}"
        if gain["low"] is not None and gain["high"] is not None:
            yield f"(95\u00a0% interval {_percent(gain['low'])} to {_percent(gain['high'])})"
        yield "over"
    utterances = "utterances" if kind == ALL else f"{kind} utterances"
    measured = group[WITHOUT_CONTEXT]
    yield f"{measured['n_utterances']} {utterances}, {measured['n_words']} words, {group['n_dialogues']} dialogues."


def _percent(share: float) -> str:
    return f"{100 * share:.1f}\u00a0%".replace("-", "\u2212")


def _find(kind: str, measure: str, group: Mapping[str, Any]) -> Finding:
    change = group["differences"][measure]
    without, with_ = (_measured(group[arm], measure) for arm in (WITHOUT_CONTEXT, WITH_CONTEXT))
    return Finding(kind, NAMES[measure], without, with_, change, judge(change, measure in HIGHER_IS_BETTER))


def _measured(measures: Mapping[str, Any], measure: str) -> float | None:
    if measure == "with_words":
        return float(measures["utterances_with_words"] / measures["n_utterances"])
    value: float | None = measures[measure]
    return value
