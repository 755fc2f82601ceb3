"""The scores as a table to read in a terminal."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from evals.results import ARMS

COLUMNS = {
    "n": "n_utterances",
    "words": "n_words",
    "WER": "wer",
    "B-WER": "b_wer",
    "U-WER": "u_wer",
    "CER": "cer",
    "precision": "entity_precision",
    "recall": "entity_recall",
}
EXTRAS = ("correct", "false_accept", "utterances_with_words", "context_words")


def format_scores(scores: Mapping[str, Any]) -> str:
    """Both normalisers, what context gains, the measures of single kinds, latency and outcomes; shares in percent."""
    return "\n".join(
        [
            f"{scores['set']}, {scores['model']}; shares in percent, normaliser {scores['normalizer']}",
            *_format_kinds(scores["by_kind"]),
            "",
            *(_format_gain(kind, group["relative_wer_reduction"]) for kind, group in scores["by_kind"].items()),
            *_format_extras(scores["by_kind"]),
            "",
            "normaliser whisper",
            *_format_kinds(scores["by_kind_whisper"]),
            "",
            *(f"{arm}: " + ", ".join(_format_latency(scores["latency"][arm])) for arm in ARMS),
            "context: " + ", ".join(f"{outcome} {count}" for outcome, count in scores["outcomes"].items()),
        ]
    )


def _format_kinds(by_kind: Mapping[str, Any]) -> list[str]:
    rows = [
        [kind, arm.replace("_", " "), *(_format_number(by_kind[kind][arm][name]) for name in COLUMNS.values())]
        for kind in by_kind
        for arm in ARMS
    ]
    return _align([["kind", "arm", *COLUMNS], *rows])


def _align(rows: Sequence[Sequence[str]]) -> list[str]:
    """The first two columns to the left, numbers to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    template = "  ".join(f"{{:{'<' if i < 2 else '>'}{width}}}" for i, width in enumerate(widths))
    return [template.format(*row) for row in rows]


def _format_number(value: float | None) -> str:
    if value is None:
        return "-"
    return str(value) if isinstance(value, int) else f"{100 * value:.1f}"


def _format_gain(kind: str, gain: Mapping[str, float | None]) -> str:
    value, low, high = (_format_number(gain[name]) for name in ("value", "low", "high"))
    return f"{kind}: relative WER reduction {value} (95 % interval {low} to {high})"


def _format_extras(by_kind: Mapping[str, Any]) -> Iterable[str]:
    for kind, group in by_kind.items():
        for name in EXTRAS:
            if name in group[ARMS[0]]:
                without, with_ = (_format_number(group[arm][name]) for arm in ARMS)
                yield f"{kind}: {name} {without} without context, {with_} with context"


def _format_latency(latency: Mapping[str, float]) -> Iterable[str]:
    return (f"{name.removesuffix('_ms')} {value:.0f} ms" for name, value in latency.items())
