"""Every page in light and dark, on a desk and in a hand: nothing runs over, and axe-core finds no serious barrier."""

from typing import Literal

import pytest
from playwright.sync_api import Page, expect

from tests.browser.barriers import find_barriers

PAGES = ["", "?scene=2", "?scene=3", "?scene=6", "live", "evaluate", "store", "system"]
WIDTHS = (1280, 390)
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
DRAWN_WITHIN_MS = 60_000


@pytest.mark.parametrize("path", PAGES)
def test_a_page_fits_and_has_no_barrier(tab: Page, app_url: str, path: str) -> None:
    tab.goto(f"{app_url}/{path}")
    expect(tab.get_by_role("heading", level=1)).to_be_visible(timeout=DRAWN_WITHIN_MS)
    expect(tab.get_by_test_id("stStatusWidget")).to_have_count(0, timeout=DRAWN_WITHIN_MS)
    for width in WIDTHS:
        tab.set_viewport_size({"width": width, "height": 900})
        tab.wait_for_timeout(300)
        assert tab.evaluate("document.documentElement.scrollWidth") <= width
        for scheme in SCHEMES:
            tab.emulate_media(color_scheme=scheme)
            tab.wait_for_timeout(300)
            assert find_barriers(tab) == []
