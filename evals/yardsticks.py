"""What else tells a recogniser the context, as arms of a run: the same clips, the same items, other people's methods.

stock                  faster-whisper's own `transcribe`, without context
stock_hotwords         the same with the items as its `hotwords`
stock_initial_prompt   the same with the items as its `initial_prompt`
context_asr            the package context-asr 0.1.0 with the items as its hints: a glossary prompt, then a correction
                       of what sounds like one of them

Each is given the items in the order of this project's ranking. Where a prompt is too long, faster-whisper keeps the
head of the hotwords and the tail of the initial prompt, so the best item comes last there.
"""

import functools
import math
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from core.context.bias import BiasList
from core.speech.audio import Clip
from evals.results import Arm, ArmResult

if TYPE_CHECKING:
    from evals.stock import StockWhisper

STOCK: Arm = "stock"


def hear(arm: Arm, model: str, threads: int, clip: Clip, bias: BiasList) -> ArmResult:
    """What a yardstick makes of the clip; how sure it is, is not told.

    Raises:
        ModelError: the model is not there.
    """
    stock = load_stock(model, threads)
    items = [hotword.text for hotword in bias.hotwords]
    start_s = time.perf_counter()
    text = YARDSTICKS[arm](stock, clip, items)
    took_ms = (time.perf_counter() - start_s) * 1000
    return ArmResult(text, math.nan, math.nan, took_ms, "used" if items else "empty", len(items))


@functools.lru_cache(maxsize=1)
def load_stock(model: str, threads: int) -> "StockWhisper":
    """The library's own model; the last one is remembered."""
    from evals.stock import StockWhisper  # noqa: PLC0415 - takes seconds, and only yardsticks need it

    return StockWhisper(model, threads)


def _transcribe(stock: "StockWhisper", clip: Clip, _: list[str]) -> str:
    return stock.transcribe(clip.samples)


def _use_hotwords(stock: "StockWhisper", clip: Clip, items: list[str]) -> str:
    return stock.transcribe(clip.samples, hotwords=", ".join(items))


def _use_initial_prompt(stock: "StockWhisper", clip: Clip, items: list[str]) -> str:
    return stock.transcribe(clip.samples, initial_prompt=", ".join(reversed(items)))


def _use_context_asr(stock: "StockWhisper", clip: Clip, items: list[str]) -> str:
    # Imported here because it is only wanted by those who compare.
    from context_asr import ContextualTranscriber  # noqa: PLC0415

    text: str = ContextualTranscriber(stock.whisper, hints=items, language="en").transcribe(clip.samples).text
    return text


YARDSTICKS: dict[Arm, Callable[["StockWhisper", Clip, list[str]], str]] = {
    STOCK: _transcribe,
    "stock_hotwords": _use_hotwords,
    "stock_initial_prompt": _use_initial_prompt,
    "context_asr": _use_context_asr,
}
