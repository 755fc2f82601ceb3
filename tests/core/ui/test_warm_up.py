"""What the page says when the parts cannot be loaded."""

import time
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.ui.resources import warm_up
from tests.paths import ROOT


def test_a_key_that_others_can_read_is_one_clear_line_beside_the_precomputed_result(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "root.key").write_text("no key")
    (tmp_path / "root.key").chmod(0o644)
    monkeypatch.setenv("STORE", f"sqlite:{tmp_path / 'context.sqlite3'}")
    monkeypatch.setenv("ROOT_KEY_FILE", str(tmp_path / "root.key"))
    warm_up.clear()
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run()
    while not warm_up().is_over:
        time.sleep(0.05)
    app.run()
    warm_up.clear()
    assert "root.key" in app.error[0].value
    assert any("Power." in element.proto.body for element in app.get("html"))
