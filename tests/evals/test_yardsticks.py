"""Other people's recognisers as arms of a run: the real ones, on the shipped clip that needs its context."""

import math

import pytest

from core.context.bias import EMPTY, build_bias_list
from core.dialogue import ContextItem
from core.settings import ROOT
from core.speech.audio import Clip, read_clip
from evals.arms import choose_arms
from evals.engine import Model, Task, load_recognizer, work
from evals.yardsticks import YARDSTICKS, hear, load_stock

MODEL, THREADS = "tiny.en", 1
BAUER = ROOT / "data" / "scenarios" / "call_meg" / "turn_2.flac"
DRAWS = 20  # faster-whisper draws by chance where a decode looks bad, and how bad one looks hangs on the processor
NAMES = build_bias_list([(ContextItem("contacts", "Meg Bauer"), 0.5), (ContextItem("contacts", "Meg Jones"), 0.4)])
ONE_NAME = build_bias_list([(ContextItem("contacts", "Meg Bauer"), 0.5)])
BIASES = {"without_context": EMPTY, "with_context": NAMES, "stock": EMPTY, "stock_hotwords": NAMES}


@pytest.fixture(scope="module")
def clip() -> Clip:
    return read_clip(BAUER)


def test_they_stand_beside_our_own_arms() -> None:
    model = Model(MODEL, load_recognizer(MODEL, THREADS).model_sha256, THREADS)
    arms = work(model, Task("u", BAUER.name, BAUER.read_bytes(), BIASES)).arms
    assert list(arms) == list(BIASES)
    assert arms["with_context"].text == "Bauer."
    stock = load_stock(MODEL, THREADS)
    assert any(stock.transcribe(BAUER) == arms["stock"].text for _ in range(DRAWS))
    assert [(arm.outcome, arm.prompted) for arm in arms.values()][2:] == [("empty", 0), ("used", 2)]
    assert math.isnan(arms["stock"].avg_logprob)
    assert arms["stock"].decode_ms > 0


@pytest.mark.parametrize("arm", ["stock_hotwords", "stock_initial_prompt"])
def test_without_items_stock_is_stock(arm: str, clip: Clip) -> None:
    text = hear(arm, MODEL, THREADS, clip, EMPTY).text
    assert any(hear("stock", MODEL, THREADS, clip, EMPTY).text == text for _ in range(DRAWS))


@pytest.mark.parametrize("arm", sorted(YARDSTICKS.keys() - {"stock"}))
def test_items_make_a_difference(arm: str, clip: Clip) -> None:
    """Of two, some processors' decoders write neither."""
    assert "Bauer" not in hear(arm, MODEL, THREADS, clip, EMPTY).text
    assert any("Bauer" in hear(arm, MODEL, THREADS, clip, ONE_NAME).text for _ in range(DRAWS))


def test_any_run_can_have_them() -> None:
    assert choose_arms(["contacts"], ["with_context", *YARDSTICKS]) == ("without_context", "with_context", *YARDSTICKS)
