"""Counts what a person has to do in a journey, and compares it with the table in the README."""

import re
from collections.abc import Callable

from tests.paths import ROOT

ROW = re.compile(r"^\| (?P<who>[^|]+) \| (?P<does>[^|]+) \| (?P<steps>\d+) \|$", re.MULTILINE)


class Steps:
    """Called with everything that the person does."""

    def __init__(self, journey: str) -> None:
        self._journey = journey
        self.count = 0

    def __call__(self, act: Callable[[], object]) -> None:
        self.count += 1
        act()

    def check(self) -> None:
        """The README promises as many steps."""
        rows = {row["who"]: int(row["steps"]) for row in ROW.finditer((ROOT / "README.md").read_text("utf-8"))}
        assert rows[self._journey] == self.count
