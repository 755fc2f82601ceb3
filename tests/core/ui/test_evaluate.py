"""The Evaluate page as Streamlit runs it, over a small run that the real models made."""

import json
import shutil
import time
from collections.abc import Callable, Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core.ui.components.evaluation import runs
from core.ui.components.evaluation.ablation import ablation_html
from core.ui.components.evaluation.headline import finding_frame, measure_frame
from core.ui.components.evaluation.new_run import name_run, open_desk, tell_progress
from core.ui.components.evaluation.process import Evaluation, Progress
from core.ui.components.evaluation.utterances import alignment_html
from evals.report.changes import align_arms
from evals.results import HYPOTHESES, SCORES, read_recognitions
from tests.evals.builders import recognition, reference, write_finished_run
from tests.paths import ROOT
from tests.small_run import ANTI, GAIN, NO_CONTEXT, REGRESSION, make_small_run, make_small_set

PAGE = ROOT / "core" / "ui" / "pages" / "evaluate.py"
ARMS = ("without_context", "with_context")
ENDED_WITHIN_S = 60


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with one set and one run over it."""
    data = tmp_path_factory.mktemp("data")
    make_small_run(make_small_set(data / "small"), data / "runs" / "small-tiny.en")
    return data


@pytest.fixture
def data(shipped: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A server of its own: a copy of the data folder, no runs made here, and nothing going on."""
    folder = Path(shutil.copytree(shipped, tmp_path / "data"))
    monkeypatch.setenv("DATA_DIR", str(folder))
    monkeypatch.setattr(runs, "OWN_RUNS", tmp_path / "own")
    open_desk.clear()
    yield folder
    if (evaluation := open_desk().latest) is not None:
        evaluation.stop()
    open_desk.clear()


def open_page() -> AppTest:
    app = AppTest.from_file(str(PAGE), default_timeout=60).run()
    assert not app.exception
    return app


def shipped_run(data: Path) -> Path:
    return data / "runs" / "small-tiny.en"


def texts(app: AppTest) -> list[str]:
    return [element.value for element in app.text]


def alignment(app: AppTest) -> str:
    [html] = [element.proto.body for element in app.get("html")]
    return str(html)


def press(app: AppTest, label: str) -> AppTest:
    [button] = [button for button in app.button if button.label == label]
    return button.click().run()


@pytest.mark.usefixtures("data")
def test_the_page_opens_on_the_run_that_ships_with_its_model_and_versions() -> None:
    app = open_page()
    assert app.selectbox(key="shown_run").options == ["small-tiny.en, ships with the project"]
    assert app.header[0].value == "There are too few dialogues or errors to tell a gain from chance."
    assert "Relative WER reduction 100.0" in app.markdown[1].value
    [told] = [text.value for text in app.text if text.value.startswith("Model ")]
    assert "Model tiny.en on small/manifest.jsonl" in told
    assert "faster-whisper 1." in told


def test_the_measures_are_those_of_the_scores(data: Path) -> None:
    scores = json.loads((shipped_run(data) / SCORES).read_text(encoding="utf-8"))
    frame = open_page().dataframe[0].value
    assert list(frame["kind"][::2]) == [kind.replace("_", " ") for kind in scores["by_kind"]]
    positive = frame[frame["kind"] == "positive"].set_index("context")
    assert positive.loc["without", "WER"] == 100 * scores["by_kind"]["positive"]["without_context"]["wer"] == 100
    assert positive.loc["with", "WER"] == 0
    assert positive.loc["with", "entity recall"] == 100
    assert list(frame["n"]) == [group[arm]["n_utterances"] for group in scores["by_kind"].values() for arm in ARMS]


@pytest.mark.usefixtures("data")
def test_the_worst_regression_is_shown_with_its_clip_and_letters() -> None:
    app = open_page()
    frame = app.dataframe[2].value
    assert list(frame["utterance"]) == [REGRESSION, GAIN, ANTI, NO_CONTEXT]
    assert list(frame["change"]) == [1, -1, 0, 0]
    assert f"{REGRESSION}: 1 more word error with context" in texts(app)
    assert '<td title="substituted">bauer<b>S</b></td>' in alignment(app)
    assert ">power</td>" in alignment(app)
    assert app.get("audio")[0].proto.url.endswith(".flac")


@pytest.mark.usefixtures("data")
@pytest.mark.parametrize(("row", "shown"), [(1, GAIN), (3, NO_CONTEXT)])
def test_a_click_anywhere_in_a_row_shows_it(row: int, shown: str) -> None:
    app = open_page()
    key = app.dataframe[2].key
    assert key is not None
    app.session_state[key] = {"selection": {"rows": [], "columns": [], "cells": [(row, "said")]}}
    app.run()
    assert any(text.startswith(f"{shown}: ") for text in texts(app))


@pytest.mark.usefixtures("data")
def test_a_slice_shows_its_own_measures_and_utterances() -> None:
    app = open_page()
    slices = app.selectbox[1]
    assert slices.options == ["all utterances", "accent: <b>en</b>", "accent: en-US"]
    slices.select_index(2).run()
    assert not app.exception
    assert list(app.dataframe[2].value["utterance"]) == [GAIN]
    assert set(app.dataframe[0].value["n"]) == {1}


def put_scores(data: Path, change: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    path = shipped_run(data) / SCORES
    scores: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    change(scores)
    path.write_text(json.dumps(scores), encoding="utf-8")
    return scores


def test_where_there_is_a_test_split_the_page_tells_of_it_first(data: Path) -> None:
    def split(scores: dict[str, Any]) -> None:
        scores["by_slice"] |= {"split": {"dev": scores["by_kind"], "test": deepcopy(scores["by_kind"])}}
        scores["by_slice"]["split"]["test"]["positive"]["relative_wer_reduction"] |= {"low": 0.4, "high": 0.9}

    put_scores(data, split)
    app = open_page()
    assert app.header[0].value == "Context lowers the word error rate."
    assert "All of the test split, on which nothing was tuned." in app.markdown[1].value
    assert str(app.selectbox[1].value) == "split: test"


def test_each_signal_of_an_ablation_is_drawn_with_its_interval(data: Path) -> None:
    gain = {"value": 0.5, "low": 0.2, "high": 0.8, "permutation_p": 0.01}

    def ablate(scores: dict[str, Any]) -> None:
        for group in scores["by_kind"].values():
            group["ablation"] = {"only:contacts": gain}
            group["only:contacts"] = group["with_context"]

    scores = put_scores(data, ablate)
    html = next(element.proto.body for element in open_page().get("html") if "ablation" in element.proto.body)
    assert '<th scope="row">only:contacts</th>' in html
    assert "<td>20.0 to 80.0</td>" in html
    assert 'class="interval" style="left:60.0%;width:30.0%"' in html
    assert (
        ablation_html("positive", {"<b>": gain}, {"<b>": scores["by_kind"]["positive"]["with_context"]}).count("<b>")
        == 0
    )


def test_transcripts_are_never_taken_for_markup() -> None:
    html = alignment_html(align_arms(("<b>a</b>", "b"), ("<i>a</i>", "b"), ("b", "<script>")))
    assert "<script>" not in html
    assert "<i>" not in html
    assert "&lt;script&gt;<b>I</b>" in html


def test_rows_of_an_alignment_are_named_and_carry_letters() -> None:
    html = alignment_html(align_arms(("call", "bauer"), ("call", "a", "power"), ("bauer",)))
    said, without, with_ = html.partition("<table>")[2].split("</tr>")[:3]
    assert ">said<" in said
    assert "<b>" not in said
    assert without.count("<b>I</b>") == without.count("<b>S</b>") == 1
    assert with_.count("<b>D</b>") == 1


def test_an_interval_that_spans_zero_is_told_in_words(data: Path) -> None:
    shutil.rmtree(data / "runs")
    heard = [("power", "bauer"), ("bauer", "power")] * 6
    turns = [
        (reference(number, "bauer", dialogue_id=f"d{number}"), recognition(without, with_))
        for number, (without, with_) in enumerate(heard)
    ]
    folder = write_finished_run(data / "runs" / "even", turns)
    run = json.loads((folder / "run.json").read_text()) | {"versions": {"project": "0.1.0"}}
    (folder / "run.json").write_text(json.dumps(run))
    app = open_page()
    assert "not distinguishable" in app.header[0].value
    assert "95\u00a0% interval" in app.markdown[1].value
    assert "Its audio is not here as it was recognised." in [caption.value for caption in app.caption]


def test_a_run_without_scores_is_measured(data: Path) -> None:
    (shipped_run(data) / SCORES).unlink()
    assert len(open_page().dataframe) == 3
    assert (shipped_run(data) / SCORES).exists()


def test_an_unfinished_run_says_so(data: Path) -> None:
    drop_last(shipped_run(data))
    assert "3 of 4 utterances are recognised" in open_page().error[0].value


def drop_last(folder: Path) -> None:
    lines = (folder / HYPOTHESES).read_bytes().splitlines(keepends=True)
    (folder / HYPOTHESES).write_bytes(b"".join(lines[:-1]))


def test_without_any_run_the_page_says_how_to_make_one(data: Path) -> None:
    shutil.rmtree(data / "runs")
    app = open_page()
    assert "python -m evals.run" in app.info[0].value
    assert app.selectbox(key="new_run_set").options == ["small"]


def test_a_wrong_setting_is_one_clear_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATA_DIR", "/nonexistent")
    assert "DATA_DIR" in open_page().error[0].value


def test_a_set_that_is_none_is_told_and_nothing_starts(data: Path) -> None:
    (data / "small" / "manifest.jsonl").write_text("no json\n")
    app = press(open_page(), "Start")
    assert "manifest.jsonl, line 1: is not JSON" in app.error[0].value
    assert open_desk().latest is None


def begun_run(data: Path) -> Path:
    """A run made here under the name that the page proposes, one utterance short."""
    folder = runs.OWN_RUNS / "small-tiny.en"
    shutil.copytree(shipped_run(data), folder)
    drop_last(folder)
    (folder / SCORES).unlink()
    return folder


def test_a_run_can_be_stopped_and_keeps_what_is_finished(data: Path) -> None:
    folder = begun_run(data)
    app = press(open_page(), "Start")
    assert not app.exception
    assert [button.disabled for button in app.button if button.label == "Start"] == [True]
    press(app, "Stop")
    assert "3 of 4 utterances are kept" in app.info[0].value
    assert list(read_recognitions(folder)) == [GAIN, NO_CONTEXT, REGRESSION]


def test_a_stopped_run_goes_on_to_its_end(data: Path) -> None:
    folder = begun_run(data)
    app = press(open_page(), "Start")
    wait_until_ended()
    app.run()
    assert not app.exception
    assert "is finished" in app.success[0].value
    assert (folder / SCORES).exists()
    assert list(read_recognitions(folder)) == [GAIN, NO_CONTEXT, REGRESSION, ANTI]
    assert app.selectbox(key="shown_run").options[1] == "small-tiny.en, made here"


def test_a_run_that_fails_ends_with_its_own_line(data: Path) -> None:
    folder = begun_run(data)
    run = json.loads((folder / "run.json").read_text()) | {"data_sha256": "other"}
    (folder / "run.json").write_text(json.dumps(run))
    app = press(open_page(), "Start")
    wait_until_ended()
    app.run()
    assert "differs in data_sha256" in app.error[0].value


def wait_until_ended() -> Evaluation:
    evaluation = open_desk().latest
    assert evaluation is not None
    deadline_s = time.monotonic() + ENDED_WITHIN_S
    while evaluation.poll() and evaluation.outcome is None:
        assert time.monotonic() < deadline_s, "the run never ended"
        time.sleep(0.1)
    return evaluation


@pytest.mark.parametrize(
    ("progress", "told"),
    [
        (Progress(0, 4, None), "Loading the models"),
        (Progress(1, 4, None), "1 of 4 utterances; estimating the time"),
        (Progress(2, 4, 12.4), "2 of 4 utterances; about 12 s left"),
        (Progress(2, 400, 612.0), "2 of 400 utterances; about 10 min 12 s left"),
        (Progress(4, 4, 0.0), "4 of 4 utterances; measuring"),
    ],
)
def test_progress_is_told_in_words(progress: Progress, told: str) -> None:
    assert tell_progress(progress) == told


@pytest.mark.parametrize(
    ("set_", "model", "limit", "name"),
    [
        ("followups", "tiny.en", None, "followups-tiny.en"),
        ("followups/test", "base", 20, "followups-test-base-first-20"),
        ("/somebody/else's set", "/models/tiny", None, "somebody-else-s-set-tiny"),
        ("..", "..", None, "run"),
    ],
)
def test_a_run_is_named_after_what_it_runs(set_: str, model: str, limit: int | None, name: str) -> None:
    assert name_run(set_, model, limit) == name


def test_what_is_undefined_stays_empty_in_the_frames(data: Path) -> None:
    scores = json.loads((shipped_run(data) / SCORES).read_text(encoding="utf-8"))
    measures, findings = measure_frame(scores["by_kind"]), finding_frame(scores["by_kind"])
    assert measures[measures["kind"] == "anti"]["B-WER"].isna().all()
    assert findings["low"].isna().all()  # a dialogue each: no interval
