"""The Evaluate page in a real browser: sort, hear the worst regression, and run two clips to the end."""

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from core.ui.components.evaluation.runs import own_folder
from evals.results import read_recognitions
from tests.browser.conftest import serve_app
from tests.small_run import GAIN, NO_CONTEXT, REGRESSION, make_small_run, make_small_set

DRAWN_WITHIN_MS = 60_000
RUN_WITHIN_MS = 180_000
ROW_PX = 35
CHANGE_PX, TEXT_PX = 20, 250  # from the left of the table of utterances: within the first column, and within a text


@pytest.fixture(scope="module")
def evaluate_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The page on a server whose data folder holds a small set and a run over it."""
    data = tmp_path_factory.mktemp("data")
    make_small_run(make_small_set(data / "small"), data / "runs" / "small-tiny.en")
    with serve_app(tmp_path_factory.mktemp("state"), DATA_DIR=str(data)) as url:
        yield f"{url}/evaluate"


@pytest.fixture
def run_name() -> Iterator[str]:
    """A name that no run made here has; its folder is gone afterwards."""
    name = f"browser-test-{os.getpid()}"
    yield name
    shutil.rmtree(own_folder(name), ignore_errors=True)


def open_utterances(page: Page, url: str) -> Locator:
    """The table of utterances, drawn."""
    page.goto(url)
    expect(page.locator(".aligned")).to_be_visible(timeout=DRAWN_WITHIN_MS)
    table = page.get_by_test_id("stDataFrame").nth(2)
    table.scroll_into_view_if_needed()
    expect(table.locator("canvas").first).to_be_visible()
    return table


def click_row(table: Locator, row: int, x: int = TEXT_PX) -> None:
    """Click into a row of the table; 0 is its heading."""
    table.click(position={"x": x, "y": ROW_PX * row + ROW_PX // 2})


def shown_utterance(page: Page, name: str) -> Locator:
    return page.get_by_text(f"{name}: ", exact=False)


def test_the_table_is_sorted_by_its_heading_and_a_click_shows_a_row(page: Page, evaluate_url: str) -> None:
    table = open_utterances(page, evaluate_url)
    click_row(table, 0, CHANGE_PX)  # now the greatest gain comes first
    click_row(table, 1)
    expect(shown_utterance(page, GAIN)).to_be_visible()
    expect(page.locator(".aligned td[title=substituted]")).to_have_text("powerS")


def test_the_worst_regression_is_heard_in_two_clicks(page: Page, evaluate_url: str) -> None:
    table = open_utterances(page, evaluate_url)
    click_row(table, 1)
    expect(shown_utterance(page, REGRESSION)).to_be_visible()
    player = page.locator("audio")
    player.click(position={"x": 24, "y": 20})
    page.wait_for_function("() => document.querySelector('audio').currentTime > 0.3")
    expect(page.locator(".aligned td[title=substituted]")).to_have_text("bauerS")


def test_a_new_run_over_two_clips_goes_to_its_end_and_is_shown(page: Page, evaluate_url: str, run_name: str) -> None:
    open_utterances(page, evaluate_url)
    fill(page, "Only the first", "2")
    expect(page.get_by_label("Name; under the same name")).to_have_value("small-tiny.en-first-2")
    fill(page, "Name; under the same name", run_name)
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_test_id("stProgress")).to_be_visible(timeout=DRAWN_WITHIN_MS)
    expect(page.get_by_text(f"{run_name} is finished")).to_be_visible(timeout=RUN_WITHIN_MS)
    expect(page.get_by_role("combobox", name="Run", exact=True)).to_have_value(f"{run_name}, made here")
    assert list(read_recognitions(own_folder(run_name))) == [GAIN, NO_CONTEXT]


def fill(page: Page, label: str, value: str) -> None:
    field = page.get_by_label(label)
    field.fill(value)
    field.press("Enter")
    page.wait_for_timeout(500)  # the page runs again


def test_the_page_fits_a_telephone(page: Page, evaluate_url: str) -> None:
    page.set_viewport_size({"width": 390, "height": 800})
    open_utterances(page, evaluate_url)
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 390
    expect(page.get_by_role("button", name="Start")).to_be_visible()
