"""The page itself: figures and utterances into one HTML file, every text escaped by the template engine."""

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from core.errors import RunError
from evals.finished import FinishedRun
from evals.groups import ALL
from evals.report.audio import MAX_BYTES, embed_clips, find_clips
from evals.report.changes import list_changes, list_confusions
from evals.report.chart import HEIGHT, WIDTH, draw_chart
from evals.report.tradeoff import sweep_threshold
from evals.report.verdict import GAIN_KIND, choose_part, list_findings, tell_headline
from evals.results import ARMS, WITH_CONTEXT
from evals.score import HEADLINE, measure_run
from evals.tally import tally_run

CONFUSIONS = 25  # of each side
CONTEXT_ITEMS = 12  # of an utterance
UNDEFINED = "\u2013"
MINUS = "\u2212"


def render_report(run: FinishedRun, manifest: Path | None = None, max_audio_bytes: int = MAX_BYTES) -> str:
    """A whole HTML document that asks nothing of any other file or server.

    Args:
        run: the run.
        manifest: the set's manifest, for the audio; None looks among the sets that ship.
        max_audio_bytes: how many bytes of clips are put in.

    Raises:
        RunError: the run lacks the arm with context, or the manifest is of another set.
        ManifestError: the manifest cannot be read.
    """
    if WITH_CONTEXT not in run.arms:
        raise RunError(f"{run.folder} has no arm {WITH_CONTEXT}; run it with both arms.")
    scores, tallies = measure_run(run), tally_run(run, HEADLINE)
    part, of = choose_part(scores)
    changes = list_changes(run, tallies)
    fixed, broken = list_confusions(tallies)
    return _template().render(
        run=run,
        scores=scores,
        arms=ARMS,
        headline=(*tell_headline(part), of),
        gains=list_findings(part, gains=True),
        harms=list_findings(part, gains=False),
        part=part,
        ablation=list_ablation(part),
        changes=changes,
        clips=embed_clips(changes, find_clips(run, manifest), max_audio_bytes),
        context_items=CONTEXT_ITEMS,
        confusions={"fixed by context": fixed[:CONFUSIONS], "broken by context": broken[:CONFUSIONS]},
        chart=draw_chart(sweep_threshold(run, HEADLINE)),
        size=(WIDTH, HEIGHT),
        provenance=list(_flatten(run.description)),
        sources=sorted({reference.source for reference in run.references.values()}),
    )


def list_ablation(by_kind: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Gains by kind and arm, the whole context first; empty for a run without ablation."""
    return {
        kind: {
            WITH_CONTEXT: {**group["relative_wer_reduction"], "permutation_p": group["permutation_p"]},
            **group["ablation"],
        }
        for kind, group in by_kind.items()
        if kind in (GAIN_KIND, ALL) and "ablation" in group
    }


def _template() -> Template:
    loader = FileSystemLoader(Path(__file__).parent)
    environment = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.globals["zip"] = zip
    environment.filters |= {"share": format_share, "points": format_points, "p_value": format_p, "bar": place_interval}
    return environment.get_template("page.html")


def format_share(value: float | None) -> str:
    """A share in percent, undefined as a dash."""
    return UNDEFINED if value is None else format_points(value).removeprefix("+")


def format_points(value: float | None) -> str:
    """A change of a share in percentage points, with its sign."""
    if value is None:
        return UNDEFINED
    rounded = round(100 * value, 1)
    return f"{rounded:+.1f}".replace("-", MINUS) if rounded else "0.0"


def format_p(value: float | None) -> str:
    """A p value."""
    if value is None:
        return UNDEFINED
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


def place_interval(gain: Mapping[str, float | None]) -> dict[str, float] | None:
    """A relative reduction as places from 0 to 100 on a scale from -100 % to 100 %, cut off at its ends."""
    places = {name: gain[name] for name in ("value", "low", "high")}
    if any(value is None or not math.isfinite(value) for value in places.values()):
        return None
    return {name: round(50 + 50 * max(-1.0, min(1.0, value or 0.0)), 1) for name, value in places.items()}


def _flatten(record: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in record.items():
        if isinstance(value, Mapping):
            yield from _flatten(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value
