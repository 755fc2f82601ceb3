"""Somebody who decides: opens the app, listens, goes through six scenes, and types nothing."""

import re
from contextlib import suppress

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.keyboard import press
from tests.browser.steps import Steps

TITLES = [
    "1. A question, and the work hidden under it",
    "2. The same recording, twice",
    "3. Where context does not help",
    "4. Where context must not act",
    "5. Only the one who asked",
    "6. How it is forgotten",
]
DRAWN_WITHIN_MS = 20_000
IS_PLAYING = "() => document.querySelector('audio').currentTime > 0.2"


@pytest.fixture
def first_page(tab: Page, app_url: str) -> Page:
    tab.goto(app_url)
    expect(heading(tab, 0)).to_be_visible(timeout=DRAWN_WITHIN_MS)
    return tab


def heading(page: Page, place: int) -> Locator:
    return page.get_by_role("heading", name=TITLES[place])


def press_first_key(page: Page) -> None:
    """Keys are listened to a moment after the page is drawn, and nothing tells when: who is early presses again."""
    for _ in range(3):
        page.keyboard.press("ArrowRight")
        with suppress(AssertionError):
            expect(heading(page, 1)).to_be_visible()
            return
    pytest.fail("no key changes the scene")


def press_play(page: Page) -> None:
    page.locator("audio").first.click(position={"x": 24, "y": 20})


def test_open_play_and_next_five_times(tab: Page, app_url: str) -> None:
    step = Steps("stakeholder")
    step(lambda: tab.goto(app_url))
    expect(heading(tab, 0)).to_be_visible(timeout=DRAWN_WITHIN_MS)
    step(lambda: press_play(tab))
    tab.wait_for_function(IS_PLAYING)
    for place in range(1, 6):
        step(lambda: tab.get_by_role("button", name="Next").click())
        expect(heading(tab, place)).to_be_visible()
        expect(tab.get_by_text("Precomputed on")).to_have_count(1)  # once the last scene's has gone
    step.check()
    expect(tab.get_by_role("button", name="Next")).to_be_disabled()
    expect(tab.get_by_text("0 events, 0 sealed items")).to_be_visible()


def test_the_same_recording_without_and_with_context_and_why(tab: Page, app_url: str) -> None:
    tab.goto(f"{app_url}/?scene=2")
    expect(tab.locator(".heard")).to_have_text(["Power.", "Bauer."], timeout=DRAWN_WITHIN_MS)
    expect(tab.get_by_text("Bauer ← contact Meg Bauer, asked in the last turn")).to_be_visible()
    press_play(tab)
    tab.wait_for_function(IS_PLAYING)


def test_the_window_is_shaded_behind_the_stages(tab: Page, app_url: str) -> None:
    tab.goto(app_url)
    context = tab.locator(".timeline .bar.context")
    expect(context).to_be_visible(timeout=DRAWN_WITHIN_MS)
    shade, bar = tab.locator(".timeline .window").first.bounding_box(), context.bounding_box()
    assert shade is not None
    assert bar is not None
    assert bar["x"] + bar["width"] < shade["x"] + shade["width"]


def test_where_context_does_not_help_and_where_it_must_not_act(tab: Page, app_url: str) -> None:
    tab.goto(f"{app_url}/?scene=3")
    expect(tab.get_by_text("Both are wrong")).to_be_visible(timeout=DRAWN_WITHIN_MS)
    tab.goto(f"{app_url}/?scene=4")
    expect(tab.locator(".heard")).to_have_text(["Power.", "Power."], timeout=DRAWN_WITHIN_MS)
    expect(tab.get_by_text("the context was ready, and it changed nothing")).to_be_visible()


def test_the_other_voice_is_left_out(tab: Page, app_url: str) -> None:
    tab.goto(f"{app_url}/?scene=5")
    everybody, one_voice = tab.locator(".heard").first, tab.locator(".heard").last
    expect(one_voice).to_have_text("Alexa, can you call Meg?", timeout=DRAWN_WITHIN_MS)
    expect(everybody).to_contain_text("train")
    expect(tab.get_by_text("where another voice was speaking")).to_be_visible()


def test_by_keyboard_alone_there_and_back(first_page: Page) -> None:
    press_first_key(first_page)
    for place in range(2, 6):
        first_page.keyboard.press("ArrowRight")
        expect(heading(first_page, place)).to_be_visible()
    first_page.keyboard.press("ArrowLeft")
    expect(heading(first_page, 4)).to_be_visible()
    expect(first_page).to_have_url(re.compile(r"[?&]scene=5"))


def test_buttons_are_reached_by_tab_and_pressed_by_enter(first_page: Page) -> None:
    press(first_page, first_page.get_by_role("button", name="Next"))
    expect(heading(first_page, 1)).to_be_visible()


def test_technical_words_stay_while_the_scenes_change(first_page: Page) -> None:
    first_page.get_by_text("technical", exact=True).click()
    expect(first_page.get_by_text("Two contacts fit")).to_be_visible()
    first_page.get_by_role("button", name="Next").click()
    expect(first_page.get_by_text("The clip is encoded once")).to_be_visible()
    expect(first_page).to_have_url(re.compile("wording=technical"))
