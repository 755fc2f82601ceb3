"""What keeps somebody from using a page, found by axe-core inside the browser."""

import os

import pytest
from playwright.sync_api import Page

from tests.paths import ROOT

AXE = ROOT / ".cache" / "axe-core" / "axe.min.js"


def find_barriers(page: Page) -> list[str]:
    """The serious and critical violations on the page as it stands, contrast AA among them."""
    if not AXE.exists() and not os.environ.get("CI"):
        pytest.skip("axe-core is not here: `make test` fetches it.")
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text(encoding="utf-8"))  # as a script tag the app's own policy would not let it run
    found = page.evaluate("axe.run({ resultTypes: ['violations'] })")["violations"]
    return [
        f"{one['id']}: {one['nodes'][0]['html']}" for one in found if one["impact"] in {"serious", "critical"}
    ]  # fmt: skip
