"""The browser ends an utterance just where `core.speech.end_of_speech` does, block by block."""

import numpy as np
import pytest
from playwright.sync_api import Page

from core.speech.end_of_speech import EndOfSpeech
from core.ui.components.microphone import LIMITS, SILENCE_S
from tests.paths import ROOT

SCRIPT = ROOT / "core" / "ui" / "components" / "microphone" / "microphone.js"
RUN = """async ([script, limits, levels]) => {
  const { EndOfSpeech } = await import(URL.createObjectURL(new Blob([script], { type: "text/javascript" })));
  const end = new EndOfSpeech(limits);
  const over = levels.findIndex((level, place) => end.hear(level, place * limits.block_s));
  return [over, end.began];
}"""


def make_levels(seed: int) -> list[float]:
    """Levels in dBFS of blocks: noise, then speech with dips, then noise; or noise alone."""
    rng = np.random.default_rng(seed)
    noise = rng.normal(-60.0 + 5 * seed, 2.0, 60)
    speech = rng.normal(-25.0, 10.0, 40 * (seed % 4))
    return [float(level) for level in [*noise, *speech, *noise, *noise]]


@pytest.mark.parametrize("seed", range(8))
def test_the_same_levels_end_at_the_same_block(tab: Page, seed: int) -> None:
    levels = make_levels(seed)
    end = EndOfSpeech(SILENCE_S)
    over = next((n for n, level in enumerate(levels) if end.hear(level, n * LIMITS["block_s"])), -1)
    assert tab.evaluate(RUN, [SCRIPT.read_text("utf-8"), LIMITS, levels]) == [over, end.began_s]
