"""The scores as a table to read in a terminal."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
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
GAIN_COLUMNS = ("reduction", "low", "high", "p")


def format_scores(scores: Mapping[str, Any]) -> str:
    """Both normalisers, what context gains, ablations, slices, latency and outcomes; shares in percent."""
    sections = [
        [f"{scores['set']}, {scores['model']}; shares in percent, normaliser {scores['normalizer']}"],
        [*_format_kinds(scores["by_kind"]), "", *_format_extras(scores["by_kind"])],
        ["relative WER reduction, its 95 % interval, and p of the permutation test", *_format_gains(scores["by_kind"])],
        _format_ablation(scores["by_kind"]),
        _format_placebo(scores["by_kind"].get("positive", {})),
        _format_slices(scores["by_slice"]),
        ["normaliser whisper", *_format_kinds(scores["by_kind_whisper"])],
        [_format_arm(arm, scores) for arm in scores["latency"]],
    ]
    return "\n\n".join("\n".join(lines) for lines in sections if lines)


def align_columns(rows: Sequence[Sequence[str]], texts: int) -> list[str]:
    """Rows as lines: the first `texts` columns to the left, the others, which are numbers, to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    template = "  ".join(f"{{:{'<' if i < texts else '>'}{width}}}" for i, width in enumerate(widths))
    return [template.format(*row).rstrip() for row in rows]


def format_number(value: float | None) -> str:
    """A count as it is, a share in percent, undefined as a dash."""
    if value is None:
        return "-"
    return str(value) if isinstance(value, int) else f"{100 * value:.1f}"


def format_gain(gain: Mapping[str, float | None], p_value: float | None) -> list[str]:
    """A value, the bounds of its interval, and p."""
    p_text = "-" if p_value is None else f"{p_value:.4f}"
    return [*(format_number(gain[name]) for name in ("value", "low", "high")), p_text]


def _format_kinds(by_kind: Mapping[str, Any]) -> list[str]:
    rows = [
        [kind, arm.replace("_", " "), *(format_number(group[arm][name]) for name in COLUMNS.values())]
        for kind, group in by_kind.items()
        for arm in _main_arms(group)
    ]
    return align_columns([["kind", "arm", *COLUMNS], *rows], texts=2)


def _format_extras(by_kind: Mapping[str, Any]) -> Iterator[str]:
    for kind, group in by_kind.items():
        for name in EXTRAS:
            if name in group[ARMS[0]]:
                told = (f"{format_number(group[arm][name])} {arm.replace('_', ' ')}" for arm in _main_arms(group))
                yield f"{kind}: {name} {', '.join(told)}"


def _format_gains(by_kind: Mapping[str, Any]) -> list[str]:
    rows = [[kind, *_format_reduction(group)] for kind, group in by_kind.items()]
    return align_columns([["kind", *GAIN_COLUMNS], *rows], texts=1)


def _format_ablation(by_kind: Mapping[str, Any]) -> list[str]:
    """Positive utterances and all; scores.json has the other kinds as well."""
    rows = [
        [kind, arm, format_number(by_kind[kind][arm]["wer"]), *format_gain(gain, gain["permutation_p"])]
        for kind in ("positive", "all")
        for arm, gain in by_kind.get(kind, {}).get("ablation", {}).items()
    ]
    return align_columns([["kind", "ablation", "WER", *GAIN_COLUMNS], *rows], texts=2) if rows else []


def _format_placebo(positive: Mapping[str, Any]) -> list[str]:
    rows = [
        [measure, *format_gain(change, change["permutation_p"])]
        for measure, change in positive.get("placebo_differences", {}).items()
    ]
    heading = ["positive: placebo - without context, in points", "change", *GAIN_COLUMNS[1:]]
    return align_columns([heading, *rows], texts=1) if rows else []


def _format_slices(by_slice: Mapping[str, Any]) -> list[str]:
    """All utterances of each value; scores.json has the kinds as well."""
    rows = [
        [
            name,
            value,
            str(kinds["all"][ARMS[0]]["n_utterances"]),
            *_format_wers(kinds["all"]),
            *_format_reduction(kinds["all"]),
        ]
        for name, values in by_slice.items()
        for value, kinds in values.items()
    ]
    heading = ["slice", "value", "n", "WER without", "with", *GAIN_COLUMNS]
    return align_columns([heading, *rows], texts=2) if rows else []


def _format_wers(group: Mapping[str, Any]) -> Iterable[str]:
    return (format_number(group[arm]["wer"] if arm in group else None) for arm in ARMS)


def _format_reduction(group: Mapping[str, Any]) -> list[str]:
    return format_gain(group["relative_wer_reduction"], group["permutation_p"])


def _main_arms(group: Mapping[str, Any]) -> list[str]:
    return [arm for arm in ARMS if arm in group]


def _format_arm(arm: str, scores: Mapping[str, Any]) -> str:
    latency = ", ".join(f"{name.removesuffix('_ms')} {value:.0f} ms" for name, value in scores["latency"][arm].items())
    outcomes = ", ".join(f"{outcome} {count}" for outcome, count in scores["outcomes"][arm].items() if count)
    return f"{arm}: {latency}; context: {outcomes}"
