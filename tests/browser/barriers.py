"""What keeps somebody from using a page, found by axe-core inside the browser."""

import os
import time

import pytest
from playwright.sync_api import Page

from tests.paths import ROOT

LASTS_S = 10.0
AXE = ROOT / ".cache" / "axe-core" / "axe.min.js"


def find_lasting_barriers(page: Page) -> list[str]:
    """The serious and critical violations, contrast AA among them, that are there for longer than `LASTS_S`.

    What Streamlit draws anew, such as a count-down, or the page once the models are there, is half transparent
    meanwhile.
    """
    end_s = time.monotonic() + LASTS_S
    while (found := _find_barriers(page)) and time.monotonic() < end_s:
        page.wait_for_timeout(200)
    return found


def _find_barriers(page: Page) -> list[str]:
    if not AXE.exists() and not os.environ.get("CI"):
        pytest.skip("axe-core is not here: `make test` fetches it.")
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text(encoding="utf-8"))  # as a script tag the app's own policy would not let it run
    found = page.evaluate("axe.run({ resultTypes: ['violations'] })")["violations"]
    return [
        f"{one['id']}: {one['nodes'][0]['html']}" for one in found if one["impact"] in {"serious", "critical"}
    ]  # fmt: skip
