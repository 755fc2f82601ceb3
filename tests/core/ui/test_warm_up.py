"""What the page says when the parts cannot be loaded."""

import gc
import shutil
import time
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core.ui.resources import warm_up
from tests.core.ui.served import open_page, serve, wait_until_warm
from tests.paths import DATA


def open_until_over() -> AppTest:
    warm_up.clear()
    app = open_page("live")
    while not warm_up().is_over:
        time.sleep(0.05)
    app.run()
    warm_up.clear()
    return app


def test_a_key_that_others_can_read_is_one_clear_line_beside_the_precomputed_result(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "root.key").write_text("no key")
    (tmp_path / "root.key").chmod(0o644)
    monkeypatch.setenv("STORE", f"sqlite:{tmp_path / 'context.sqlite3'}")
    monkeypatch.setenv("ROOT_KEY_FILE", str(tmp_path / "root.key"))
    app = open_until_over()
    assert "root.key" in app.error[0].value
    assert any("Power." in element.proto.body for element in app.get("html"))


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [("THREADS", "many", "THREADS"), ("STORE", "nowhere", "STORE"), ("DATA_DIR", "/nonexistent", "DATA_DIR")],
)
def test_a_wrong_setting_is_one_clear_line(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, said: str
) -> None:
    monkeypatch.setenv(variable, value)
    app = open_until_over()
    assert said in app.error[0].value
    assert not app.exception


def test_a_data_file_with_a_wrong_field_is_one_clear_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = Path(
        shutil.copytree(DATA, tmp_path / "data", ignore=shutil.ignore_patterns("followups", "harm", "scenarios"))
    )
    book = data / "address_book.csv"
    book.write_text(book.read_text(encoding="utf-8").replace("name", "nmae", 1), encoding="utf-8")
    monkeypatch.setenv("DATA_DIR", str(data))
    app = open_until_over()
    assert "address_book.csv" in app.error[0].value
    assert "name" in app.error[0].value


def test_what_was_loaded_is_no_longer_looked_at_by_the_garbage_collector(tmp_path: Path) -> None:
    gc.unfreeze()
    with serve(tmp_path):
        open_page("live")
        wait_until_warm()
        assert gc.get_freeze_count() > len(gc.get_objects())
    assert st.get_option("runner.postScriptGC") is False
