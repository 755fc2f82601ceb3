"""A finished run, read back: what scoring, comparing, reporting and exporting all begin with."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from core.errors import RunError
from evals.results import ARMS, OUTCOMES, Recognized, Record, Reference, read_recognitions, read_references, read_run


@dataclass(frozen=True, slots=True)
class FinishedRun:
    """A run without gaps. Both mappings are by utterance, in the order of the manifest; every utterance has all `arms`.

    description: what the results depend on, from run.json.
    arms: the two main arms first, then those of an ablation, in the order of the run.
    """

    folder: Path
    description: Record
    references: Mapping[str, Reference]
    recognized: Mapping[str, Recognized]
    arms: tuple[str, ...]

    @property
    def name(self) -> str:
        """The set and the model, for headings."""
        return f"{self.description.get('set')}, {self.description.get('model')}"


def read_finished_run(folder: Path) -> FinishedRun:
    """Read a run and see that it is whole.

    Raises:
        RunError: the folder holds no run, or a damaged or an unfinished one.
    """
    description, references, recognized = read_run(folder), read_references(folder), read_recognitions(folder)
    description.pop(OUTCOMES, None)
    if not references or references.keys() != recognized.keys():
        done = len(references.keys() & recognized.keys())
        raise RunError(f"{folder}: {done} of {len(references)} utterances are recognised; start the same run again.")
    in_order = {utterance_id: recognized[utterance_id] for utterance_id in references}
    return FinishedRun(folder, description, references, in_order, _list_arms(folder, in_order))


def _list_arms(folder: Path, recognized: Mapping[str, Recognized]) -> tuple[str, ...]:
    arms = next(iter(recognized.values())).arms.keys()
    if any(one.arms.keys() != arms for one in recognized.values()):
        raise RunError(f"{folder}: its utterances are not recognised in the same arms; run them in another folder.")
    return (*(arm for arm in ARMS if arm in arms), *(arm for arm in arms if arm not in ARMS))
