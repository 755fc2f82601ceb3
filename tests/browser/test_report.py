"""The report of a run, opened as a file in a browser."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from evals.report.__main__ import main
from tests.evals.builders import recognition, reference, write_finished_run

LONG = "twelve very ordinary words that nobody would think of as a name"
TURNS = [
    (reference(1, "Bauer", dialogue_id="a", context=("Meg Bauer",)), recognition("power", "bauer")),
    (reference(2, "Power", "sound_alike", "b", context=("Meg Bauer",)), recognition("power", "bauer")),
    (reference(3, LONG, "anti", "c", context=("Meg Bauer",)), recognition(LONG, LONG)),
    (reference(4, LONG, dialogue_id="d", context=("Meg Bauer",)), recognition("no", LONG)),
]


@pytest.fixture
def requests(page: Page, tmp_path: Path) -> list[str]:
    """Opens the report; what the browser asks for from then on."""
    assert main([str(write_finished_run(tmp_path / "run", TURNS))]) == 0
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto((tmp_path / "run" / "report.html").as_uri())
    return asked


def shown(page: Page) -> list[str]:
    return [row.get_attribute("data-id") or "" for row in page.locator("#utterances > tr:visible").all()]


def test_rows_are_ordered_and_filtered(page: Page, requests: list[str]) -> None:
    assert shown(page) == ["u2", "u1", "u4"]
    page.get_by_label("Order").select_option("best")
    assert shown(page) == ["u4", "u1", "u2"]
    page.get_by_label("also those in which no word changed").check()
    assert shown(page) == ["u4", "u1", "u2", "u3"]
    page.get_by_label("Kind").select_option("anti")
    assert shown(page) == ["u3"]
    expect(page.get_by_role("status")).to_have_text("1 of 4 utterances")
    assert len(requests) == 1


@pytest.mark.usefixtures("requests")
@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_fits_its_window(page: Page, width: int, scheme: str) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.set_viewport_size({"width": width, "height": 800})
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    assert page.evaluate("document.documentElement.scrollWidth") == width
    expected = "rgb(20, 21, 24)" if scheme == "dark" else "rgb(252, 252, 251)"
    expect(page.locator("body")).to_have_css("background-color", expected)
