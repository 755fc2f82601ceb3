"""`python -m evals.score DIR`: measure a finished run. Needs no model and no audio, so any run can be scored again.

scores.json, shares from 0 to 1, what is undefined null:

by_kind.<kind>.<arm>            wer, b_wer, u_wer, cer, entity_precision, entity_recall, n_utterances, n_words,
                                n_errors, n_bias_words; for anti, sound_alike and homophone also correct and
                                false_accept, for no_speech also utterances_with_words and context_words
by_kind.<kind>                  relative_wer_reduction (value, low, high), permutation_p, differences (with - without
                                context, each with its interval and p value), n_dialogues; placebo_differences
                                (placebo - without context, the same) where the run has that arm
by_kind.<kind>.ablation.<arm>   value, low, high, permutation_p: relative WER reduction against without_context
by_slice.<slice>.<value>        the same again, for each slice of the manifest
by_kind_whisper                 by_kind under Whisper's normaliser; everything else is under "names"
latency.<arm>                   p50_ms, p95_ms
window.hit_rate                 null: in a batch no reply is spoken, so there is no window to hit or to miss
outcomes.<arm>.<outcome>        how many utterances, as in run.json

A kind is one of the manifest's; `homophone` are the sound-alikes with the slice `homophone: true`, which are not
counted under sound_alike; "all" are all utterances. All arms are measured against the utterance's own context, placebo
and those of a part of it as well.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from core.command import run_command
from evals.bootstrap import CONFIDENCE, RESAMPLES
from evals.finished import FinishedRun, read_finished_run
from evals.groups import Scores, measure_kinds, measure_slices
from evals.measures import Measures
from evals.normalize import NormalizerName
from evals.permutation import FLIPS
from evals.results import SCORES, WITHOUT_CONTEXT, Recognized, count_outcomes, write_json
from evals.table import format_scores
from evals.tally import tally_run
from evals.yardsticks import YARDSTICKS

HEADLINE: NormalizerName = "names"


def score_run(folder: Path) -> Scores:
    """Measure a run and write scores.json into its folder.

    Raises:
        RunError: the folder holds no run, a damaged or an unfinished one, or cannot be written to.
    """
    scores = measure_run(read_finished_run(folder))
    write_json(folder / SCORES, scores)
    return scores


def measure_run(run: FinishedRun) -> Scores:
    """All measures of a run, as scores.json holds them."""
    seed = run.description["seed"]
    tallies, whisper = tally_run(run, HEADLINE), tally_run(run, "whisper")
    return {
        "set": run.description.get("set"),
        "model": run.description.get("model"),
        "normalizer": HEADLINE,
        "by_kind": measure_kinds(tallies, run.arms, seed),
        "by_slice": measure_slices(tallies, run.arms, seed),
        "by_kind_whisper": measure_kinds(whisper, run.arms, seed),
        "latency": {arm: measure_latency(run, arm) for arm in run.arms},
        "window": {"hit_rate": None},
        "outcomes": count_outcomes(run.recognized.values()),
        "bootstrap": {"over": "dialogue_id", "resamples": RESAMPLES, "confidence": CONFIDENCE, "seed": seed},
        "permutation": {"over": "dialogue_id", "flips": FLIPS, "seed": seed},
    }


def measure_latency(run: FinishedRun, arm: str) -> Measures:
    """The median and the 95th percentile of the time from the clip to the arm's text, in ms."""
    times_ms = [_latency_ms(one, arm) for one in run.recognized.values()]
    return {f"p{percent}_ms": float(np.percentile(times_ms, percent)) for percent in (50, 95)}


def main(arguments: Sequence[str] | None = None) -> int:
    """Score and print a table; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m evals.score", description="Measure a finished run.")
    parser.add_argument("folder", type=Path, metavar="DIR", help="folder of the run")
    print(format_scores(score_run(parser.parse_args(arguments).folder)))
    return 0


def _latency_ms(one: Recognized, arm: str) -> float:
    """Encoding, then the plain decode, which tells whether anybody speaks, then the arm's own where context is used.

    Another recogniser does all of that by itself.
    """
    if arm in YARDSTICKS:
        return one.arms[arm].decode_ms
    stages = {WITHOUT_CONTEXT, arm} if one.arms[arm].outcome == "used" else {WITHOUT_CONTEXT}
    return one.encode_ms + sum(one.arms[stage].decode_ms for stage in stages)


if __name__ == "__main__":
    run_command(main)
