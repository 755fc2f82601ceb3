"""Every page in light and dark, on a desk and in a hand: nothing runs over, and axe-core finds no serious barrier."""

from collections.abc import Iterator
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.barriers import find_lasting_barriers
from tests.browser.conftest import open_tab

PAGES = ["", "?scene=2", "?scene=5", "?scene=6", "live", "evaluate", "store", "system"]
WIDTHS = (1280, 390)
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
DRAWN_WITHIN_MS = 60_000
SETTLED_WITHIN_MS = 10_000
STILL = "* { transition: none !important; animation: none !important }"  # colours change at once
FITS = "width => window.innerWidth === width && document.documentElement.scrollWidth <= width"
IS_IN_SCHEME = """scheme => {
  const [red, green, blue] = getComputedStyle(document.querySelector('.stApp')).backgroundColor.match(/\\d+/g);
  return (Number(red) + Number(green) + Number(blue) > 382) === (scheme === 'light');
}"""


@pytest.fixture(scope="module")
def visitor(browser: Browser) -> Iterator[Page]:
    """One tab for all pages, so that only the first of them has to fetch the app's own scripts."""
    with open_tab(browser) as page:
        yield page


@pytest.mark.parametrize("path", PAGES)
def test_a_page_fits_and_has_no_barrier(visitor: Page, app_url: str, path: str) -> None:
    visitor.goto(f"{app_url}/{path}")
    expect(visitor.get_by_role("heading", level=1)).to_be_visible(timeout=DRAWN_WITHIN_MS)
    expect(visitor.get_by_test_id("stStatusWidget")).to_have_count(0, timeout=DRAWN_WITHIN_MS)
    visitor.add_style_tag(content=STILL)
    for width in WIDTHS:
        visitor.set_viewport_size({"width": width, "height": 900})
        visitor.wait_for_function(FITS, arg=width, timeout=SETTLED_WITHIN_MS)
        for scheme in SCHEMES:
            visitor.emulate_media(color_scheme=scheme)
            visitor.wait_for_function(IS_IN_SCHEME, arg=scheme, timeout=SETTLED_WITHIN_MS)
            assert find_lasting_barriers(visitor) == []
