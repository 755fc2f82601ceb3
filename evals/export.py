"""`python -m evals.export DIR --format csv|jsonl|trn|nemo --out PATH`: a run for other tools.

csv    a line an utterance, texts as recognised, errors counted under the normaliser "names". A text that a spreadsheet
       would run as a formula (it begins with = + - @, tab or a line break) gets an apostrophe in front.
jsonl  the same lines as JSON objects, texts untouched.
trn    PATH is a folder: reference.trn and one file an arm for NIST's sclite, `words (speaker-utterance_id)`, the words
       normalised, so that `sclite -i spu_id` counts what our WER counts. Of an arm's name, ":" becomes "_".
nemo   the lines of the manifest with `pred_text_<arm>`, texts as recognised: it opens in NVIDIA NeMo's Speech Data
       Explorer (`--names_compared without_context with_context`) and can be read by `evals.run` again.
       `audio_filepath` stays relative to the set: write the file there, or give the explorer `--audio-base-path`.
"""

import argparse
import csv
import io
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any
from urllib.parse import quote

from core.command import run_command
from evals.finished import FinishedRun, read_finished_run
from evals.results import WITHOUT_CONTEXT, Reference, make_folder, write_text
from evals.score import HEADLINE
from evals.tally import Tally, tally_run

Row = dict[str, Any]

FORMULA_STARTS = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")  # the full-width ones count in some languages' versions
TOTALS = ("words", "characters")
ERRORS = ("errors", "b_errors", "u_errors", "character_errors")


def export_csv(run: FinishedRun, path: Path) -> None:
    """Write the utterances as a table.

    Raises:
        RunError: the file cannot be written.
    """
    rows = list(list_rows(run))
    file = io.StringIO()
    writer = csv.DictWriter(file, list(dict.fromkeys(name for row in rows for name in row)), lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: disarm_cell(value) for name, value in row.items()} for row in rows)
    write_text(path, file.getvalue())


def export_jsonl(run: FinishedRun, path: Path) -> None:
    """Write the utterances as JSON objects.

    Raises:
        RunError: the file cannot be written.
    """
    write_text(path, _to_lines(list_rows(run)))


def export_trn(run: FinishedRun, folder: Path) -> None:
    """Write the references and each arm as sclite's transcripts.

    Raises:
        RunError: the folder cannot be written to.
    """
    make_folder(folder)
    tallies = tally_run(run, HEADLINE)
    write_text(folder / "reference.trn", "".join(_trn_line(t, t.examples[WITHOUT_CONTEXT].reference) for t in tallies))
    for arm in run.arms:
        lines = "".join(_trn_line(tally, tally.examples[arm].hypothesis) for tally in tallies)
        write_text(folder / f"{arm.replace(':', '_')}.trn", lines)


def export_nemo(run: FinishedRun, path: Path) -> None:
    """Write a manifest with each arm's text.

    Raises:
        RunError: the file cannot be written.
    """
    write_text(path, _to_lines(_describe_utterance(run, reference) for reference in run.references.values()))


FORMATS: dict[str, Callable[[FinishedRun, Path], None]] = {
    "csv": export_csv,
    "jsonl": export_jsonl,
    "trn": export_trn,
    "nemo": export_nemo,
}


def list_rows(run: FinishedRun) -> Iterator[Row]:
    """One flat row an utterance: who, what, its slices, then each arm's text, figures and counts."""
    for tally in tally_run(run, HEADLINE):
        reference, counts = tally.reference, tally.counts[WITHOUT_CONTEXT]
        row = {name: getattr(reference, name) for name in ("utterance_id", "dialogue_id", "speaker", "kind", "text")}
        row |= {"duration_s": reference.duration_s, "bias_words": " ".join(reference.bias_words)}
        row |= {f"slice.{name}": value for name, value in reference.slices.items()}
        row |= {f"n_{name}": counts[name] for name in TOTALS}
        for arm, result in run.recognized[reference.utterance_id].arms.items():
            row |= {f"{arm}.{name}": value for name, value in asdict(result).items()}
            row |= {f"{arm}.{name}": tally.counts[arm][name] for name in ERRORS}
        yield row


def disarm_cell(value: object) -> object:
    """A text that no spreadsheet takes for a formula; numbers are none and stay."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA_STARTS) else value


def main(arguments: Sequence[str] | None = None) -> int:
    """Export; returns the exit status."""
    options = _parser().parse_args(arguments)
    FORMATS[options.format](read_finished_run(options.folder), options.out)
    return 0


def _to_lines(records: Iterator[Row]) -> str:
    return "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)


def _trn_line(tally: Tally, words: Sequence[str]) -> str:
    """Sclite ends an id at a bracket or a blank, so such letters are written as in a URL, which keeps ids apart."""
    reference: Reference = tally.reference
    speaker, utterance = (quote(text, safe="/:") for text in (reference.speaker, reference.utterance_id))
    return " ".join([*words, f"({speaker}-{utterance})"]) + "\n"


def _describe_utterance(run: FinishedRun, reference: Reference) -> Row:
    record = asdict(reference)
    arms = run.recognized[reference.utterance_id].arms
    return {
        "audio_filepath": record.pop("audio_filepath"),
        "duration": record.pop("duration_s"),
        **record,
        **{f"pred_text_{arm.replace(':', '_')}": result.text for arm, result in arms.items()},
    }


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m evals.export", description="Write a finished run for other tools.")
    parser.add_argument("folder", type=Path, metavar="DIR", help="folder of the run")
    parser.add_argument("--format", choices=FORMATS, required=True)
    parser.add_argument("--out", type=Path, required=True, metavar="PATH", help="file; for trn a folder")
    return parser


if __name__ == "__main__":
    run_command(main)
