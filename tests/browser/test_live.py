"""An engineer on the Live page: a sample, the microphone that opens again, what-if, and all that can go wrong."""

import sqlite3
import time
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Locator, Page, Playwright, expect
from playwright.sync_api import TimeoutError as WaitedTooLong

from core.speech.audio import encode_wav
from core.speech.voice import Voice
from tests.browser.conftest import AWAY, launch, open_tab
from tests.browser.keyboard import press
from tests.browser.steps import Steps

LOADED_WITHIN_MS = 180_000
HEARD_WITHIN_MS = 60_000
SETTLED_MS = 4_000
FIRST_SAMPLE = "Use the clip “Call Meg.”"
SECOND_SAMPLE = "Use the clip “Bauer.”"


@pytest.fixture(scope="module")
def voice() -> Voice:
    return Voice()


def put_into(microphone: Path, voice: Voice, text: str) -> None:
    """What the microphone hears next, after a moment that the recorder needs to start.

    Spoken by a clear voice: Chromium filters what it records, and under load it drops some of it.
    """
    microphone.write_bytes(record(voice, text))


def record(voice: Voice, text: str) -> bytes:
    speech = voice.speak(text)
    pause = np.zeros(speech.sample_rate, dtype=np.float32)
    sound = np.concatenate([pause, speech.samples, np.tile(pause, 4)])
    return encode_wav(sound, speech.sample_rate)


def sample(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name)


def open_live(page: Page, app_url: str) -> Page:
    """The Live page once the models are loaded."""
    page.goto(f"{app_url}/live")
    expect(page.get_by_role("heading", name="Ask for something")).to_be_visible(timeout=LOADED_WITHIN_MS)
    return page


def choose_dialogue(page: Page, name: str) -> None:
    """A page that is still being drawn closes the menu, and one opens it again."""
    option = page.get_by_role("option", name=name)
    for _ in range(5):
        page.get_by_role("combobox", name="Sample dialogue").click()
        with suppress(WaitedTooLong):
            option.click(timeout=2_000)
            return
    pytest.fail(f"{name} is no choice")


def choose_microphone(page: Page) -> None:
    page.get_by_text("Microphone", exact=True).click()


def press_speak(page: Page) -> None:
    page.get_by_role("button", name="Speak").click()


def status(page: Page) -> Locator:
    return page.locator(".microphone p")


def stored_entries(state: Path) -> set[str]:
    """Their keys: how many there are says little, because those of earlier tests expire meanwhile."""
    with sqlite3.connect(state / "context.sqlite3") as db:
        return {str(key) for (key,) in db.execute("SELECT pk FROM events")}


def ask_by_sample(page: Page) -> None:
    sample(page, FIRST_SAMPLE).click()
    expect(page.get_by_role("heading", name="Answer the question")).to_be_visible(timeout=HEARD_WITHIN_MS)


def bubbles(page: Page) -> Locator:
    return page.get_by_test_id("stChatMessage")


def test_a_sample_dialogue_then_what_if_then_a_test_case(tab: Page, app_url: str, app_data: Path) -> None:
    step = Steps("engineer, sample")
    step(lambda: open_live(tab, app_url))
    step(lambda: ask_by_sample(tab))
    tab.wait_for_timeout(SETTLED_MS)  # the reply is spoken
    step(lambda: sample(tab, SECOND_SAMPLE).click())
    expect(tab.get_by_text("Live, decoded just now")).to_be_visible()
    expect(tab.locator(".heard")).to_have_text(["Power.", "Bauer."], timeout=HEARD_WITHIN_MS)
    expect(tab.get_by_text("Bauer ← contact Meg Bauer, asked in the last turn")).to_be_visible()
    for label in ("Names in the reply before", "Address book"):
        step(tab.get_by_text(label, exact=True).last.click)
    step(lambda: tab.get_by_role("button", name="Decode again").click())
    expect(tab.locator(".heard").nth(2)).to_have_text("Power.", timeout=HEARD_WITHIN_MS)
    step(lambda: tab.get_by_role("button", name="Save this turn").click())
    expect(tab.get_by_text("Saved as turn-0001")).to_be_visible(timeout=HEARD_WITHIN_MS)
    assert (app_data / "my_turns" / "audio" / "turn-0001.flac").exists()
    step(lambda: tab.get_by_role("link", name="Evaluate").click())
    expect(tab.get_by_role("combobox", name="Set, or the path")).to_have_value("my_turns", timeout=HEARD_WITHIN_MS)
    step.check()


def test_a_sample_turn_by_keyboard_alone(tab: Page, app_url: str) -> None:
    open_live(tab, app_url)
    press(tab, sample(tab, FIRST_SAMPLE))
    expect(tab.get_by_role("heading", name="Answer the question")).to_be_visible(timeout=HEARD_WITHIN_MS)
    tab.wait_for_timeout(SETTLED_MS)  # the reply is spoken
    press(tab, sample(tab, SECOND_SAMPLE))
    expect(tab.locator(".heard")).to_have_text(["Power.", "Bauer."], timeout=HEARD_WITHIN_MS)


def test_a_list_on_the_screen_is_filled_and_named(tab: Page, app_url: str) -> None:
    open_live(tab, app_url)
    tab.get_by_text("The device's screen, and what you like").click()
    tab.get_by_role("button", name="Show this list").click()
    expect(tab.get_by_text("2. Corner Grind")).to_be_visible(timeout=HEARD_WITHIN_MS)
    choose_dialogue(tab, "A list on the screen")
    expect(tab.get_by_text("2. The Blue Kettle")).to_be_visible(timeout=HEARD_WITHIN_MS)
    sample(tab, "Use the clip “The second one, please.”").click()
    expect(tab.get_by_text("2. The Blue Kettle ← opened")).to_be_visible(timeout=HEARD_WITHIN_MS)
    expect(tab.get_by_text("Opening The Blue Kettle.")).to_be_visible()


def test_hands_free_both_turns_and_the_window_as_it_was_heard(
    page: Page, microphone: Path, app_url: str, voice: Voice
) -> None:
    step = Steps("engineer, hands-free")
    step(lambda: open_live(page, app_url))
    step(lambda: put_into(microphone, voice, "Call Meg, please."))
    step(lambda: choose_microphone(page))
    step(lambda: press_speak(page))
    expect(status(page)).to_have_text("The reply is spoken.", timeout=HEARD_WITHIN_MS)
    step(lambda: put_into(microphone, voice, "Bauer."))
    expect(page.get_by_text("Calling Meg Bauer.")).to_be_visible(timeout=HEARD_WITHIN_MS)
    expect(page.locator(".heard").nth(1)).to_have_text("Bauer.", timeout=HEARD_WITHIN_MS)
    expect(page.get_by_text("as it was heard").first).to_be_visible(timeout=HEARD_WITHIN_MS)
    step.check()


def test_who_presses_speak_while_the_reply_is_spoken_barges_in(
    page: Page, microphone: Path, app_url: str, voice: Voice
) -> None:
    question, answer = (record(voice, text) for text in ("Call Meg, please.", "Bauer."))
    microphone.write_bytes(question)
    choose_microphone(open_live(page, app_url))
    press_speak(page)
    expect(status(page)).to_have_text("The reply is spoken.", timeout=HEARD_WITHIN_MS)
    microphone.write_bytes(answer)
    press_speak(page)
    expect(page.get_by_text("Calling Meg Bauer.")).to_be_visible(timeout=HEARD_WITHIN_MS)
    shown = page.locator(".timeline").first.locator("th")
    expect(shown.filter(has_text="barged in")).to_have_count(1)
    expect(shown.filter(has_text="microphone open")).to_have_count(1)


def test_a_denied_microphone_says_how_to_allow_it(playwright: Playwright, chromium: str, app_url: str) -> None:
    flags = ("--use-fake-device-for-media-stream", "--deny-permission-prompts")
    with launch(playwright, chromium, *flags) as browser, open_tab(browser) as page:
        choose_microphone(open_live(page, app_url))
        press_speak(page)
        expect(status(page)).to_contain_text("denied to this page. Allow it in the browser's settings")
        page.get_by_text("Sample", exact=True).click()
        expect(sample(page, FIRST_SAMPLE)).to_be_visible()


def test_a_missing_microphone_is_told(playwright: Playwright, chromium: str, app_url: str) -> None:
    with launch(playwright, chromium, "--use-fake-ui-for-media-stream") as browser, open_tab(browser) as page:
        choose_microphone(open_live(page, app_url))
        press_speak(page)
        expect(status(page)).to_contain_text("There is no microphone on this device.")


def test_an_insecure_origin_is_told_with_the_address_to_open(tab: Page, app_url: str) -> None:
    away = app_url.replace("127.0.0.1", AWAY)
    choose_microphone(open_live(tab, away))
    press_speak(tab)
    expect(status(tab)).to_contain_text("only on https:// or on this machine itself")
    expect(status(tab)).to_contain_text(f"http://localhost:{app_url.rpartition(':')[2]}")


def test_silence_is_told_and_the_microphone_closes(page: Page, microphone: Path, app_url: str) -> None:
    microphone.write_bytes(encode_wav(np.zeros(16000, np.float32), 16000))
    choose_microphone(open_live(page, app_url))
    press_speak(page)
    page.get_by_role("button", name="Stop").click()
    expect(status(page)).to_contain_text("No speech was heard.")


def test_a_double_click_stores_one_turn(tab: Page, app_url: str, app_state: Path) -> None:
    open_live(tab, app_url)
    before = stored_entries(app_state)
    sample(tab, FIRST_SAMPLE).dblclick()
    expect(tab.get_by_role("heading", name="Answer the question")).to_be_visible(timeout=HEARD_WITHIN_MS)
    tab.wait_for_timeout(SETTLED_MS)
    expect(bubbles(tab)).to_have_count(2)
    assert len(stored_entries(app_state) - before) == 1


def test_a_page_switch_in_mid_recognition_loses_nothing(tab: Page, app_url: str, app_state: Path) -> None:
    open_live(tab, app_url)
    before = stored_entries(app_state)
    sample(tab, FIRST_SAMPLE).click()
    tab.wait_for_timeout(200)
    tab.get_by_role("link", name="Store").click()
    expect(tab.get_by_role("heading", name="Store")).to_be_visible(timeout=HEARD_WITHIN_MS)
    tab.get_by_role("link", name="Live").click()
    expect(tab.get_by_role("heading", name="Answer the question")).to_be_visible(timeout=HEARD_WITHIN_MS)
    expect(bubbles(tab)).to_have_count(2)
    assert len(stored_entries(app_state) - before) == 1


def test_a_tab_closed_in_mid_recognition_stores_its_turn_once(browser: Browser, app_url: str, app_state: Path) -> None:
    with open_tab(browser) as page:
        open_live(page, app_url)
        before = stored_entries(app_state)
        sample(page, FIRST_SAMPLE).click()
        page.wait_for_timeout(200)
    deadline_s = time.monotonic() + HEARD_WITHIN_MS / 1000
    while not stored_entries(app_state) - before:
        assert time.monotonic() < deadline_s, "the turn was lost"
        time.sleep(0.2)
    time.sleep(SETTLED_MS / 1000)
    assert len(stored_entries(app_state) - before) == 1


def test_a_second_tab_sees_nothing_of_the_first(tab: Page, app_url: str) -> None:
    open_live(tab, app_url)
    ask_by_sample(tab)
    other = open_live(tab.context.new_page(), app_url)
    expect(other.get_by_text("Precomputed on")).to_be_visible()
    expect(other.get_by_text("Live, decoded just now")).to_have_count(0)
    other.get_by_role("link", name="Store").click()
    expect(other.get_by_text("Nothing is stored for this tab.")).to_be_visible(timeout=HEARD_WITHIN_MS)


def test_an_event_names_its_item_which_is_revealed_and_forgotten(tab: Page, app_url: str) -> None:
    open_live(tab, app_url)
    ask_by_sample(tab)
    tab.get_by_role("link", name="Store").click()
    expect(tab.get_by_text("expires in 4 min")).to_be_visible(timeout=HEARD_WITHIN_MS)
    reveal = tab.get_by_role("button", name="Reveal")
    expect(reveal).to_be_disabled()
    tab.get_by_test_id("stDataFrame").first.click(position={"x": 18, "y": 35 + 17})
    expect(reveal).to_be_enabled()
    reveal.click()
    expect(tab.get_by_text("user: call Meg")).to_be_visible()
    tab.get_by_role("button", name="Forget this conversation").click()
    expect(tab.get_by_text("0 events, 0 sealed items")).to_be_visible()
    expect(tab.get_by_text("7 events, 3 sealed items")).to_be_visible()
