"""`python -m evals.anchored`: a set recognised without and with anchoring on the wake word's speaker.

Both arms hear the same clip and differ in nothing but the anchoring. The raw texts are kept in `hypotheses.jsonl`;
what is printed goes into `scores.json` too. A line of the manifest may hold `"anchor": {"start_s": …, "end_s": …}`,
the place of the wake word; without it, the wake word is looked for.
"""

import argparse
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tqdm import tqdm

from core.command import run_command
from core.errors import ManifestError, RunError
from core.settings import Settings
from core.speech.anchored import AnchoredRecognition, recognize_anchored
from core.speech.anchoring import Span
from core.speech.audio import read_clip
from core.speech.recognizer import Recognizer
from core.speech.voice_models import VoiceModels
from core.speech.words import spoken_words
from evals.bootstrap import Interval, resample
from evals.manifest import Utterance, read_manifest
from evals.measures import count_word_errors

SEED = 7
SLICE = "background"
POOLED = {"beside": ("before", "after")}
"""Slices that are reported together as well: speech that does not overlap."""


@dataclass(frozen=True, slots=True)
class Heard:
    """One utterance in both arms: the fields of a line of `hypotheses.jsonl`. Times are milliseconds."""

    utterance_id: str
    dialogue_id: str
    background: str
    text: str
    without_anchoring: str
    with_anchoring: str
    outcome: str
    duration_s: float
    anchoring_ms: float
    recognition_ms: float
    again_ms: float


def read_anchors(path: Path) -> dict[str, Span]:
    """Where each wake word is, by utterance id, of the lines that tell it.

    Raises:
        ManifestError: an anchor is no span within the clip.
    """
    anchors: dict[str, Span] = {}
    for number, raw in enumerate(path.read_text(encoding="utf-8").split("\n"), start=1):
        record = json.loads(raw) if raw.strip() else {}
        if "anchor" in record:
            anchors[record["utterance_id"]] = _read_span(record, f"{path}, line {number}, anchor")
    return anchors


def hear(utterance: Utterance, anchor: Span | None, recognizer: Recognizer, voices: VoiceModels) -> Heard:
    """Recognise one utterance in both arms."""
    clip = read_clip(utterance.audio_path)
    result = recognize_anchored(clip, recognizer, voices, anchor)
    return Heard(
        utterance.utterance_id,
        utterance.dialogue_id,
        str(utterance.slices.get(SLICE, "unknown")),
        utterance.text,
        result.without_anchoring.text,
        result.with_anchoring.text,
        result.anchored.outcome,
        clip.duration_s,
        round(result.anchoring_ms, 1),
        round(_recognition_ms(result), 1),
        round(result.again_ms, 1),
    )


def score(heard: Sequence[Heard]) -> dict[str, Any]:
    """WER of both arms and what anchoring changes, by position of the other voice; intervals over dialogues."""
    positions = dict.fromkeys(one.background for one in heard)
    groups = {name: (name,) for name in positions} | POOLED
    scores = {name: _score_group([one for one in heard if one.background in of]) for name, of in groups.items()}
    duration_ms = sum(one.duration_s for one in heard) * 1000.0
    spent_ms = {
        "anchoring": sum(one.anchoring_ms for one in heard),
        "recognition": sum(one.recognition_ms for one in heard),
        "again": sum(one.again_ms for one in heard),
    }
    return {
        "groups": {name: scored for name, scored in scores.items() if scored["utterances"]},
    } | {f"{part}_x_real_time": round(ms / duration_ms, 3) for part, ms in spent_ms.items()}


def describe(scores: Mapping[str, Any]) -> Iterator[str]:
    """The scores as a table of plain text."""
    yield f"{'background':<12}{'n':>5}{'filtered':>10}{'WER without':>13}{'WER with':>10}  relative reduction (95 %)"
    for name, group in scores["groups"].items():
        rates = f"{group['wer_without']:>12.1%} {group['wer_with']:>9.1%}"
        yield f"{name:<12}{group['utterances']:>5}{group['filtered']:>10}{rates}  {_describe(group['reduction'])}"
    first, again = scores["recognition_x_real_time"], scores["again_x_real_time"]
    yield f"anchoring {scores['anchoring_x_real_time']} x real time, recognition {first}, of what is left {again}"


def main(arguments: list[str] | None = None) -> int:
    """Recognise and score one set; returns the exit status."""
    options = _parser().parse_args(arguments)
    lines = _run(options)
    print("\n".join(lines))
    return 0


def _run(options: argparse.Namespace) -> list[str]:
    utterances = [one for one in read_manifest(options.manifest) if options.split in ("", one.slices.get("split"))]
    anchors = read_anchors(options.manifest)
    if not utterances:
        raise RunError(f"{options.manifest} has no utterance of the split {options.split!r}.")
    settings = Settings.from_env()
    recognizer, voices = Recognizer.load(settings.model, settings.threads), VoiceModels.load(settings.threads)
    _make_folder(options.out)
    heard = [hear(one, anchors.get(one.utterance_id), recognizer, voices) for one in tqdm(utterances, disable=None)]
    lines = [json.dumps({slot: getattr(one, slot) for slot in Heard.__slots__}, ensure_ascii=False) for one in heard]
    scores = score(heard)
    (options.out / "hypotheses.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (options.out / "scores.json").write_text(json.dumps(scores, indent=1) + "\n", encoding="utf-8")
    return list(describe(scores))


def _make_folder(out: Path) -> None:
    try:
        out.mkdir(parents=True)
    except OSError as exc:
        raise RunError(f"{out} cannot be made ({exc.strerror}); give a folder that does not exist yet.") from exc


def _score_group(heard: Sequence[Heard]) -> dict[str, Any]:
    columns: dict[str, dict[str, int]] = {"without": {}, "with": {}, "words": {}}
    for one in heard:
        reference = spoken_words(one.text)
        counts = {
            "without": count_word_errors(reference, spoken_words(one.without_anchoring)),
            "with": count_word_errors(reference, spoken_words(one.with_anchoring)),
            "words": len(reference),
        }
        for name, count in counts.items():
            columns[name][one.dialogue_id] = columns[name].get(one.dialogue_id, 0) + count
    drawn = resample({name: list(column.values()) for name, column in columns.items()}, SEED)
    words = max(drawn.totals["words"], 1)
    return {
        "utterances": len(heard),
        "dialogues": drawn.dialogues,
        "words": drawn.totals["words"],
        "filtered": sum(one.outcome == "filtered" for one in heard),
        "wer_without": drawn.totals["without"] / words,
        "wer_with": drawn.totals["with"] / words,
        "reduction": drawn.measure_reduction("without", "with"),
        "difference": drawn.measure_difference("without", "with", "words"),
    }


def _recognition_ms(result: AnchoredRecognition) -> float:
    plain = result.without_anchoring
    return plain.encode_ms + plain.without_context.decode_ms


def _describe(interval: Interval) -> str:
    if interval["value"] is None:
        return "-"
    bounds = [f"{bound:.1%}" if bound is not None else "-" for bound in (interval["low"], interval["high"])]
    return f"{interval['value']:.1%} ({' to '.join(bounds)})"


def _read_span(record: Mapping[str, Any], place: str) -> Span:
    try:
        span = Span(float(record["anchor"]["start_s"]), float(record["anchor"]["end_s"]))
    except (KeyError, TypeError, ValueError) as exc:
        raise ManifestError(f"{place}: must hold start_s and end_s in seconds.") from exc
    if not 0 <= span.start_s < span.end_s <= record["duration"] + 0.001:
        raise ManifestError(f"{place}: must lie within the clip.")
    return span


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m evals.anchored", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--manifest", type=Path, required=True, help="the set")
    parser.add_argument("--out", type=Path, required=True, help="folder to write, new")
    parser.add_argument("--split", default="", help="only the utterances of this split")
    return parser


if __name__ == "__main__":
    run_command(main)
