"""What each signal is worth: every arm of an ablation with its interval, as a table and as a drawing."""

import html
from collections.abc import Mapping
from typing import Any

import streamlit as st

from evals.report.page import format_share, list_ablation, place_interval

STYLE = (
    "<style>.ablation{overflow-x:auto}.ablation table{border-collapse:collapse;width:100%;font-size:.9rem}"
    ".ablation caption{text-align:left;font-weight:600;padding:.4rem 0}"
    ".ablation th{font-weight:400;text-align:left;padding:.1rem .8rem .1rem 0;white-space:nowrap}"
    ".ablation td{text-align:right;padding:.1rem .8rem .1rem 0;white-space:nowrap}"
    ".ablation td.scale{position:relative;min-width:10rem;width:40%;padding:0}"
    ".ablation i{position:absolute;display:block;top:0;bottom:0}"
    ".ablation i.zero{left:50%;width:1px;background:#8c8c8c}"
    ".ablation i.interval{top:calc(50% - 2px);bottom:auto;height:4px;min-width:2px;background:#4c78a8}"
    ".ablation i.value{top:20%;bottom:20%;width:3px;margin-left:-1px;background:#e45756}</style>"
)
HEADINGS = ("arm", "WER", "reduction", "interval")


def draw_ablation(by_kind: Mapping[str, Any]) -> None:
    """A table for each kind that an ablation tells of; nothing for a run without one."""
    ablation = list_ablation(by_kind)
    if not ablation:
        return
    st.markdown(
        "**Signals**: each alone (only), left out (without), and other dialogues' items in their place (placebo). "
        "Relative WER reduction against no context, with its 95 % interval over dialogues; the scale goes from "
        "-100 % to 100 %."
    )
    for kind, gains in ablation.items():
        st.html(f'{STYLE}<div class="ablation" tabindex="0">{ablation_html(kind, gains, by_kind[kind])}</div>')


def ablation_html(kind: str, gains: Mapping[str, Mapping[str, Any]], group: Mapping[str, Any]) -> str:
    """One row an arm."""
    head = "".join(f'<th scope="col">{heading}</th>' for heading in HEADINGS)
    rows = "".join(_row_html(arm, gain, group[arm]["wer"]) for arm, gain in gains.items())
    caption = html.escape(f"{kind} utterances".replace("_", " "))
    return f"<table><caption>{caption}</caption><tr>{head}<td></td></tr>{rows}</table>"


def _row_html(arm: str, gain: Mapping[str, Any], wer: float | None) -> str:
    interval = f"{format_share(gain['low'])} to {format_share(gain['high'])}"
    cells = (format_share(wer), format_share(gain["value"]), interval)
    told = "".join(f"<td>{cell}</td>" for cell in cells)
    return f'<tr><th scope="row">{html.escape(arm)}</th>{told}<td class="scale">{_scale_html(gain)}</td></tr>'


def _scale_html(gain: Mapping[str, float | None]) -> str:
    zero = '<i class="zero"></i>'
    places = place_interval(gain)
    if places is None:
        return zero
    width = places["high"] - places["low"]
    interval = f'<i class="interval" style="left:{places["low"]}%;width:{width:.1f}%"></i>'
    return f'{zero}{interval}<i class="value" style="left:{places["value"]}%"></i>'
