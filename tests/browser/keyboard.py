"""Somebody who has no mouse."""

from playwright.sync_api import Locator, Page

MOST_TABS = 120


def reach(page: Page, target: Locator) -> None:
    """Press Tab until the target has the focus, as long as it takes to go round the whole page."""
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        if target.evaluate("one => one === document.activeElement"):
            return
    raise AssertionError("no number of Tabs leads there")


def press(page: Page, target: Locator, key: str = "Enter") -> None:
    """Go there and press a key."""
    reach(page, target)
    page.keyboard.press(key)
