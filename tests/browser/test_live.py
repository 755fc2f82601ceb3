"""The whole way through a real browser: both turns spoken into the microphone."""

from pathlib import Path

import numpy as np
from playwright.sync_api import Page, expect

from core.speech.audio import encode_wav
from core.speech.voice import Voice

LOADED_WITHIN_MS = 180_000
HEARD_WITHIN_MS = 30_000
RECORDED_MS = 4_000


def put_into(microphone: Path, text: str) -> None:
    """What the microphone hears next, after a moment that the recorder needs to start.

    Spoken by a clear voice: Chromium filters what it records, and under load it drops some of it.
    """
    speech = Voice().speak(text)
    pause = np.zeros(speech.sample_rate, dtype=np.float32)
    microphone.write_bytes(encode_wav(np.concatenate([pause, speech.samples, pause]), speech.sample_rate))


def record(page: Page) -> None:
    page.get_by_test_id("stAudioInput").get_by_role("button", name="Record").click()
    page.wait_for_timeout(RECORDED_MS)
    page.get_by_role("button", name="Stop recording").click()


def test_the_first_page_shows_a_precomputed_result(page: Page, microphone: Path, app_url: str) -> None:
    put_into(microphone, "Call Meg.")
    page.goto(app_url)
    expect(page.get_by_text("Precomputed on")).to_be_visible()
    expect(page.locator(".heard").nth(0)).to_have_text("Power.")
    expect(page.locator(".heard").nth(1)).to_have_text("Bauer.")


def test_both_turns_by_microphone_and_bauer_on_the_page(page: Page, microphone: Path, app_url: str) -> None:
    put_into(microphone, "Call Meg.")
    page.goto(app_url)
    page.get_by_role("button", name="Microphone").or_(page.get_by_role("radio", name="Microphone")).click(
        timeout=LOADED_WITHIN_MS
    )
    record(page)
    expect(page.get_by_text("Answer the question")).to_be_visible(timeout=HEARD_WITHIN_MS)
    page.wait_for_timeout(RECORDED_MS)  # the reply is spoken
    put_into(microphone, "Bauer.")
    record(page)
    expect(page.get_by_text("Calling Meg Bauer.")).to_be_visible(timeout=HEARD_WITHIN_MS)
    expect(page.get_by_text("Live, decoded just now")).to_be_visible()
    expect(page.locator(".heard").nth(1)).to_have_text("Bauer.")
