from pathlib import Path

import pytest

from core.errors import RunError
from evals.finished import read_finished_run
from evals.manifest import Kind
from evals.tally import add_by_dialogue, tally_run
from tests.evals.builders import recognition, reference, write_finished_run


def test_arms_stand_in_their_order_main_ones_first(tmp_path: Path) -> None:
    heard = recognition("a", "b", "used", **{"only:contacts": "c", "placebo": "d"})
    mixed = {arm: heard[arm] for arm in ("placebo", "with_context", "only:contacts", "without_context")}
    run = read_finished_run(write_finished_run(tmp_path, [(reference(1, "a"), mixed)]))
    assert run.arms == ("without_context", "with_context", "placebo", "only:contacts")


def test_utterances_of_other_arms_are_no_run(tmp_path: Path) -> None:
    turns = [(reference(1, "a"), recognition("a", "a")), (reference(2, "a"), recognition("a", "a", placebo="a"))]
    with pytest.raises(RunError, match="same arms"):
        read_finished_run(write_finished_run(tmp_path, turns))


@pytest.mark.parametrize(
    ("kind", "slices", "told"),
    [
        ("sound_alike", {"homophone": True}, "homophone"),
        ("sound_alike", {"homophone": False}, "sound_alike"),
        ("sound_alike", {"homophone": "yes"}, "sound_alike"),
        ("sound_alike", {}, "sound_alike"),
        ("positive", {"homophone": True}, "positive"),
    ],
)
def test_only_exact_homophones_stand_apart(tmp_path: Path, kind: Kind, slices: dict[str, object], told: str) -> None:
    turn = (reference(1, "a", kind, slices=slices), recognition("a", "a"))
    run = read_finished_run(write_finished_run(tmp_path, [turn]))
    assert [tally.kind for tally in tally_run(run, "names")] == [told]


def test_dialogues_are_added_up_in_one_order(tmp_path: Path) -> None:
    turns = [
        (reference(1, "a b", dialogue_id="late"), recognition("x", "a b")),
        (reference(2, "c", dialogue_id="early"), recognition("c", "c d")),
        (reference(3, "e", dialogue_id="late"), recognition("", "e")),
    ]
    tallies = tally_run(read_finished_run(write_finished_run(tmp_path, turns)), "names")
    columns = add_by_dialogue(tallies, ["without_context", "with_context"])
    assert [counts["errors"] for counts in columns["without_context"]] == [0, 3]
    assert [counts["errors"] for counts in columns["with_context"]] == [1, 0]
    assert [counts["words"] for counts in columns["with_context"]] == [1, 3]
