"""Which closed tabs are forgotten, and when."""

from core.ui.closed_tabs import CLOSED_S, MOST_CLOSED, Tabs
from tests.clock import Clock


def names(tabs: Tabs, *opened: str) -> list[str]:
    return [tab_id for tab_id, _ in tabs.take_closed(opened.__contains__)]


def test_a_tab_is_forgotten_once_when_it_has_been_closed_for_long_enough() -> None:
    clock, forgotten = Clock(), []
    tabs = Tabs(clock)
    tabs.note("a", lambda: forgotten.append("a"))
    tabs.note("b", lambda: forgotten.append("b"))
    assert names(tabs, "a", "b") == []
    assert names(tabs, "b") == []
    clock.at_s += CLOSED_S - 1
    assert names(tabs, "b") == []
    clock.at_s += 1
    for _, forget in tabs.take_closed({"b"}.__contains__):
        forget()
    assert forgotten == ["a"]
    clock.at_s += 10 * CLOSED_S
    assert names(tabs, "b") == []


def test_a_tab_that_came_back_was_never_closed() -> None:
    clock = Clock()
    tabs = Tabs(clock)
    tabs.note("a", lambda: None)
    assert names(tabs) == []
    clock.at_s += CLOSED_S - 1
    assert names(tabs, "a") == []
    clock.at_s += CLOSED_S
    assert names(tabs) == []


def test_of_many_closed_tabs_the_newest_are_kept() -> None:
    clock = Clock()
    tabs = Tabs(clock)
    for number in range(MOST_CLOSED + 2):
        tabs.note(str(number), lambda: None)
    still_open = {str(number) for number in range(MOST_CLOSED + 2)} - {"7"}
    assert names(tabs, *still_open) == []
    clock.at_s += 1
    assert names(tabs, "0") == ["7"]
    assert names(tabs, "0") == []
