"""`python -m evals.score DIR`: measure a finished run. Needs no model and no audio, so any run can be scored again.

scores.json holds `by_kind.<kind>.<arm>.<measure>` for the kinds that the set has and for "all", under the normaliser
"names"; `by_kind_whisper` is the same under Whisper's normaliser. Shares run from 0 to 1, undefined ones are null.
"""

import argparse
import functools
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from core.errors import ProjectError, RunError
from core.speech.recognition import Recognition
from evals.bootstrap import CONFIDENCE, RESAMPLES, Interval, measure_reduction
from evals.entities import list_runs
from evals.manifest import KINDS
from evals.measures import Example, Measures, count_word_errors, measure_arm, measure_silence, measure_temptation
from evals.normalize import NORMALIZERS, NormalizerName
from evals.results import ARMS, SCORES, Arm, Reference, read_recognitions, read_references, read_run, write_json
from evals.table import format_scores

Scores = dict[str, Any]

HEADLINE: NormalizerName = "names"
EXTRA_MEASURES = {"sound_alike": measure_temptation, "anti": measure_temptation, "no_speech": measure_silence}


@dataclass(frozen=True, slots=True)
class Scored:
    """One utterance with both arms made comparable."""

    reference: Reference
    arms: Mapping[Arm, Example]


def score_run(folder: Path) -> Scores:
    """Measure a run and write scores.json into its folder.

    Raises:
        RunError: the folder holds no run, a damaged or an unfinished one, or cannot be written to.
    """
    run, references, recognitions = read_run(folder), read_references(folder), read_recognitions(folder)
    if not references or references.keys() != recognitions.keys():
        done = len(references.keys() & recognitions.keys())
        raise RunError(f"{folder}: {done} of {len(references)} utterances are recognised; start the same run again.")
    scores = measure_run(references, recognitions, run["seed"])
    scores = {"set": run.get("set"), "model": run.get("model"), **scores}
    write_json(folder / SCORES, scores)
    return scores


def measure_run(references: Mapping[str, Reference], recognitions: Mapping[str, Recognition], seed: int) -> Scores:
    """All measures of a run; both mappings are by utterance and have the same keys. `seed` is for the resampling."""
    headline, whisper = (
        [_prepare(reference, recognitions[key], name) for key, reference in references.items()]
        for name in (HEADLINE, "whisper")
    )
    return {
        "normalizer": HEADLINE,
        "by_kind": _measure_kinds(headline, seed),
        "by_kind_whisper": _measure_kinds(whisper, seed),
        "latency": {arm: _measure_latency(arm, recognitions.values()) for arm in ARMS},
        "outcomes": dict(sorted(Counter(r.outcome for r in recognitions.values()).items())),
        "bootstrap": {"over": "dialogue_id", "resamples": RESAMPLES, "confidence": CONFIDENCE, "seed": seed},
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Score and print a table; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m evals.score", description="Measure a finished run.")
    parser.add_argument("folder", type=Path, metavar="DIR", help="folder of the run")
    try:
        print(format_scores(score_run(parser.parse_args(arguments).folder)))
    except ProjectError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _prepare(reference: Reference, recognition: Recognition, name: NormalizerName) -> Scored:
    normalize = _remembered(name)
    said = normalize(reference.text)
    bias_words = frozenset(word for text in reference.bias_words for word in normalize(text))
    runs = list_runs(normalize(text) for text in reference.context)
    heard: dict[Arm, str] = {
        "without_context": recognition.without_context.text,
        "with_context": recognition.with_context.text,
    }
    return Scored(reference, {arm: Example(said, normalize(text), bias_words, runs) for arm, text in heard.items()})


@functools.cache
def _remembered(name: NormalizerName) -> Any:
    """A normaliser that remembers: the same address book comes with many utterances."""
    return functools.cache(NORMALIZERS[name])


def _measure_kinds(utterances: Sequence[Scored], seed: int) -> Scores:
    by_kind = {kind: [u for u in utterances if u.reference.kind == kind] for kind in KINDS}
    scores: Scores = {kind: _measure_group(group, seed, kind) for kind, group in by_kind.items() if group}
    return scores | {"all": _measure_group(utterances, seed)}


def _measure_group(utterances: Sequence[Scored], seed: int, kind: str = "") -> Scores:
    extra = EXTRA_MEASURES.get(kind, _measure_nothing)
    arms = {arm: [utterance.arms[arm] for utterance in utterances] for arm in ARMS}
    return {
        **{arm: measure_arm(examples) | extra(examples) for arm, examples in arms.items()},
        "relative_wer_reduction": _measure_reduction(utterances, seed),
        "n_dialogues": len({utterance.reference.dialogue_id for utterance in utterances}),
    }


def _measure_nothing(_: Sequence[Example]) -> Measures:
    return {}


def _measure_reduction(utterances: Sequence[Scored], seed: int) -> Interval:
    errors: dict[Arm, Counter[str]] = {arm: Counter() for arm in ARMS}
    for utterance in utterances:
        for arm, example in utterance.arms.items():
            count = count_word_errors(example.reference, example.hypothesis)
            errors[arm][utterance.reference.dialogue_id] += count
    # Sorted, so that the draws do not depend on the order of the manifest.
    dialogues = sorted(errors["without_context"])
    without, with_ = ([errors[arm][dialogue] for dialogue in dialogues] for arm in ARMS)
    return measure_reduction(without, with_, seed)


def _measure_latency(arm: Arm, recognitions: Iterable[Recognition]) -> Measures:
    times_ms = [_latency_ms(arm, recognition) for recognition in recognitions]
    return {f"p{percent}_ms": float(np.percentile(times_ms, percent)) for percent in (50, 95)}


def _latency_ms(arm: Arm, recognition: Recognition) -> float:
    """From the clip to the arm's text. With context the plain decode comes first: it tells whether anybody speaks."""
    plain_ms = recognition.encode_ms + recognition.without_context.decode_ms
    decodes_again = arm == "with_context" and recognition.outcome == "used"
    return plain_ms + recognition.with_context.decode_ms if decodes_again else plain_ms


if __name__ == "__main__":
    sys.exit(main())
