"""What context is worth and what it costs, on the test splits: the committed runs against what was aimed at, and beside
other recognisers. Nothing is decoded: `evals.run` made the runs, see evals/README.md.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.settings import ROOT, Settings
from evals.benchmarks.figure import Figure
from evals.finished import FinishedRun, read_finished_run
from evals.groups import measure_group
from evals.results import ARMS, WITH_CONTEXT, WITHOUT_CONTEXT
from evals.score import HEADLINE
from evals.table import format_number
from evals.tally import HOMOPHONE, Tally, tally_run
from evals.yardsticks import YARDSTICKS

RUNS = ROOT / "data" / "runs"
CLEAR_DB = 10

Group = Mapping[str, Any]
"""The scores of some utterances, see `evals.groups.measure_group`."""


@dataclass(frozen=True, slots=True)
class Aim:
    """A row: which utterances, what is told of them, and what was aimed at.

    slices: what an utterance's slices have to be, besides the test split; `clear` leaves out the noisier ones.
    """

    name: str
    kind: str
    target: str
    tell: Callable[[Group], str]
    slices: Mapping[str, str]
    clear: bool = False

    def takes(self, tally: Tally) -> bool:
        """Whether an utterance is one of them."""
        slices = tally.reference.slices
        fits = all(slices.get(name) == value for name, value in {"split": "test", **self.slices}.items())
        return tally.kind == self.kind and fits and (not self.clear or slices.get("snr_db", CLEAR_DB) >= CLEAR_DB)


def _reduction(group: Group) -> str:
    gain = group["relative_wer_reduction"]
    low, high = (format_number(gain[bound]) for bound in ("low", "high"))
    return f"WER {_both(group, 'wer')} %, less by {format_number(gain['value'])} % ({low} to {high})"


def _difference(group: Group) -> str:
    change = group["differences"]["wer"]
    low, high = (format_number(change[bound]) for bound in ("low", "high"))
    return f"WER {_both(group, 'wer')} %, more by {format_number(change['value'])} points ({low} to {high})"


def _recall(group: Group) -> str:
    return f"items found {_both(group, 'entity_recall')} %"


def _temptation(group: Group) -> str:
    return f"correct {_both(group, 'correct')} %, an item written {_both(group, 'false_accept')} %"


def _silence(group: Group) -> str:
    return f"words of the context {_both(group, 'context_words')}"


def _both(group: Group, measure: str) -> str:
    return " -> ".join(format_number(group[arm][measure]) for arm in ARMS)


SMALL = {"list_size": "small"}
CLEAR = "positive, 2-12 items, 10 dB and cleaner"
AIMS: Mapping[str, Sequence[Aim]] = {
    "followups": (
        Aim("positive, 2-12 items", "positive", "-85 %", _reduction, SMALL),
        Aim(CLEAR, "positive", "97 %", _recall, SMALL, clear=True),
        Aim(f"{CLEAR}, Kokoro", "positive", "-", _recall, {**SMALL, "voice_family": "kokoro"}, clear=True),
        Aim(f"{CLEAR}, Flite", "positive", "-", _recall, {**SMALL, "voice_family": "flite"}, clear=True),
        Aim("positive, 200 items", "positive", "-80 %", _reduction, {"list_size": "200"}),
        Aim("positive, 1,000 items", "positive", "-75 %", _reduction, {"list_size": "1000"}),
        Aim("positive, 2,000 items", "positive", "-72 %", _reduction, {"list_size": "2000"}),
        Aim("anti, followups", "anti", "not worse, at most +2 %", _difference, {}),
    ),
    "harm": (
        Aim("anti, harm", "anti", "not worse, at most +2 %", _difference, {}),
        Aim("sound-alike", "sound_alike", "within 2 points", _temptation, {}),
        Aim("homophone", HOMOPHONE, "none: nobody hears the difference", _temptation, {}),
        Aim("no speech", "no_speech", "0", _silence, {}),
    ),
}


def measure_accuracy(_manifest: Path, _settings: Settings) -> Iterator[Figure]:
    """Every aim, in every committed run of its set; then what other recognisers make of the same turns.

    Raises:
        RunError: a committed run is damaged.
    """
    for folder in sorted(path.parent for path in RUNS.glob("*/run.json")):
        run = read_finished_run(folder)
        tallies = tally_run(run, HEADLINE)
        for aim in AIMS.get(Path(str(run.description["set"])).parts[0], ()):
            yield from _tell(aim, run, [tally for tally in tallies if aim.takes(tally)])


def _tell(aim: Aim, run: FinishedRun, tallies: Sequence[Tally]) -> Iterator[Figure]:
    if not tallies:
        return
    for arm in (WITH_CONTEXT, *YARDSTICKS):
        if arm in run.arms:
            group = measure_group(
                [_put_beside(tally, arm) for tally in tallies], ARMS, run.description["seed"], aim.kind
            )
            is_ours = arm == WITH_CONTEXT
            name = f"{run.folder.name}: {aim.name}" if is_ours else f"    {arm}"
            yield Figure(name, aim.tell(group), aim.target if is_ours else "-", len(tallies))


def _put_beside(tally: Tally, arm: str) -> Tally:
    """The plain arm, and another one in the place of that with context."""
    arms = {WITHOUT_CONTEXT: WITHOUT_CONTEXT, WITH_CONTEXT: arm}
    return Tally(
        tally.reference,
        {name: tally.examples[of] for name, of in arms.items()},
        {name: tally.counts[of] for name, of in arms.items()},
    )
