"""The Evaluate page in a real browser: sort, hear the worst regression, and run two clips to the end."""

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from core.ui.components.evaluation.runs import own_folder
from evals.results import read_recognitions
from tests.browser.conftest import serve_app
from tests.browser.keyboard import press
from tests.browser.steps import Steps
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


def test_the_table_is_sorted_by_its_heading_and_a_click_shows_a_row(tab: Page, evaluate_url: str) -> None:
    table = open_utterances(tab, evaluate_url)
    click_row(table, 0, CHANGE_PX)  # now the greatest gain comes first
    click_row(table, 1)
    expect(shown_utterance(tab, GAIN)).to_be_visible()
    expect(tab.locator(".aligned td[title=substituted]")).to_have_text("powerS")


def test_hear_the_worst_regression_run_two_clips_and_export(tab: Page, evaluate_url: str, run_name: str) -> None:
    step = Steps("scientist")
    step(lambda: open_utterances(tab, evaluate_url))
    hear_worst_regression(tab, step)
    step(lambda: fill(tab, "Only the first", "2"))
    expect(tab.get_by_label("Name; under the same name")).to_have_value(
        "small-tiny.en-first-2", timeout=DRAWN_WITHIN_MS
    )
    step(lambda: fill(tab, "Name; under the same name", run_name))
    step(tab.get_by_role("button", name="Start").click)
    expect(tab.get_by_test_id("stProgress")).to_be_visible(timeout=DRAWN_WITHIN_MS)
    expect(tab.get_by_text(f"{run_name} is finished")).to_be_visible(timeout=RUN_WITHIN_MS)
    expect(tab.get_by_role("combobox", name="Run", exact=True)).to_have_value(
        f"{run_name}, made here", timeout=DRAWN_WITHIN_MS
    )
    assert list(read_recognitions(own_folder(run_name))) == [GAIN, NO_CONTEXT]
    with tab.expect_download() as download:
        step(tab.get_by_role("button", name="Download", exact=True).click)
    assert download.value.suggested_filename == f"{run_name}.csv"
    assert len(download.value.path().read_text("utf-8").splitlines()) == 3
    step.check()


def hear_worst_regression(tab: Page, step: Steps) -> None:
    """Two clicks: its row, and play."""
    table = tab.get_by_test_id("stDataFrame").nth(2)
    step(lambda: click_row(table, 1))
    expect(shown_utterance(tab, REGRESSION)).to_be_visible(timeout=DRAWN_WITHIN_MS)
    step(lambda: tab.locator("audio").click(position={"x": 24, "y": 20}))
    tab.wait_for_function("() => document.querySelector('audio').currentTime > 0.3")
    expect(tab.locator(".aligned td[title=substituted]")).to_have_text("bauerS")


def test_the_worst_regression_is_heard_by_keyboard_alone(tab: Page, evaluate_url: str) -> None:
    open_utterances(tab, evaluate_url)
    expect(shown_utterance(tab, REGRESSION)).to_be_visible(timeout=DRAWN_WITHIN_MS)
    press(tab, tab.locator("audio"), "Space")
    tab.wait_for_function("() => document.querySelector('audio').currentTime > 0.3")


def fill(page: Page, label: str, value: str) -> None:
    field = page.get_by_label(label)
    field.fill(value)
    field.press("Enter")
    page.wait_for_timeout(500)  # the page runs again


def test_the_page_fits_a_telephone(tab: Page, evaluate_url: str) -> None:
    tab.set_viewport_size({"width": 390, "height": 800})
    open_utterances(tab, evaluate_url)
    assert tab.evaluate("() => document.documentElement.scrollWidth") <= 390
    expect(tab.get_by_role("button", name="Start")).to_be_visible()
