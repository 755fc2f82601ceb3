"""What a run says: one sentence, and the measures of each kind and arm."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from core.ui.components.evaluation.runs import RunView, tell_date
from evals.groups import name_value
from evals.report.verdict import TEST, Finding, choose_part, list_findings, tell_headline
from evals.results import ARMS, Reference

MEASURES = {"WER": "wer", "B-WER": "b_wer", "U-WER": "u_wer", "entity recall": "entity_recall"}
PERCENT = st.column_config.NumberColumn(format="%.1f")
POINTS = st.column_config.NumberColumn(format="%+.1f")


@dataclass(frozen=True, slots=True)
class Slice:
    """A part of the set: all that have `value` under `name`, or all of it."""

    name: str = ""
    value: str = ""

    def __str__(self) -> str:
        return f"{self.name}: {self.value}" if self.name else "all utterances"

    def holds(self, reference: Reference) -> bool:
        """Whether an utterance belongs to it."""
        return not self.name or (
            self.name in reference.slices and name_value(reference.slices[self.name]) == self.value
        )

    def choose_scores(self, scores: Mapping[str, Any]) -> Mapping[str, Any]:
        """The scores by kind."""
        by_kind: Mapping[str, Any] = scores["by_slice"][self.name][self.value] if self.name else scores["by_kind"]
        return by_kind


IN_TEST = Slice("split", TEST)


def draw_headline(view: RunView) -> None:
    """The gain in words with its interval, and what it was measured with."""
    part, of = choose_part(view.scores)
    verdict, figures = tell_headline(part)
    st.header(verdict)
    st.markdown(f"**{figures}** {of}")
    described = view.run.description
    versions = ", ".join(f"{name} {version}" for name, version in described["versions"].items())
    st.text(f"Model {described['model']} on {described['set']}{tell_date(view.run.folder)}. {versions}.")


def choose_slice(view: RunView) -> Slice:
    """A widget to choose a part of the set, at first the one that the headline tells of; what another part says is told
    in words as well.
    """
    slices = [Slice(), *(Slice(name, value) for name, values in view.scores["by_slice"].items() for value in values)]
    told = slices.index(IN_TEST) if IN_TEST in slices else 0
    chosen = st.selectbox("Slice", slices, told, format_func=str, key=f"slice {view.run.folder}")
    if chosen != slices[told]:
        st.write(" ".join(tell_headline(chosen.choose_scores(view.scores))))
    return chosen


def draw_measures(by_kind: Mapping[str, Any]) -> None:
    """Each kind and arm of a slice; then what context changes, gains and harms alike."""
    st.markdown("**Measures**, shares in percent")
    st.dataframe(
        measure_frame(by_kind),
        hide_index=True,
        width="stretch",
        height="content",
        column_config=dict.fromkeys(MEASURES, PERCENT),
        placeholder="-",
    )
    st.markdown("**What context changes**, in percentage points with the bounds of the 95 % interval over dialogues")
    st.dataframe(
        finding_frame(by_kind),
        hide_index=True,
        width="stretch",
        height="content",
        column_config=dict.fromkeys(["without", "with"], PERCENT) | dict.fromkeys(["change", "low", "high"], POINTS),
        placeholder="-",
    )


def measure_frame(by_kind: Mapping[str, Any]) -> pd.DataFrame:
    """One row a kind and arm."""
    rows = [
        {
            "kind": _in_words(kind),
            "context": arm.removesuffix("_context"),
            "n": group[arm]["n_utterances"],
            **{title: _percent(group[arm][measure]) for title, measure in MEASURES.items()},
            "words": group[arm]["n_words"],
        }
        for kind, group in by_kind.items()
        for arm in ARMS
    ]
    return pd.DataFrame(rows)


def finding_frame(by_kind: Mapping[str, Any]) -> pd.DataFrame:
    """One row a kind and measure."""
    findings = [*list_findings(by_kind, gains=True), *list_findings(by_kind, gains=False)]
    columns = ["kind", "measure", "change", "in words", "low", "high", "without", "with"]
    return pd.DataFrame([_finding_row(finding) for finding in findings], columns=columns)


def _finding_row(finding: Finding) -> dict[str, str | float | None]:
    return {
        "kind": _in_words(finding.kind),
        "measure": finding.measure,
        "change": _percent(finding.change["value"]),
        "in words": finding.verdict,
        "low": _percent(finding.change["low"]),
        "high": _percent(finding.change["high"]),
        "without": _percent(finding.without),
        "with": _percent(finding.with_),
    }


def _in_words(name: str) -> str:
    return name.replace("_", " ")


def _percent(share: float | None) -> float | None:
    return None if share is None else 100 * share
