"""The arms of a run: the same clip, decoded with different context and alike in everything else.

without_context    no context; always among the arms, for each clip is decoded plainly anyway
with_context       the context of all chosen signals
only:<signal>      the context of one signal alone
without:<signal>   the context of all chosen signals but one
placebo            as many items, of other dialogues, see `evals.placebo`
stock              faster-whisper's own transcription, no context
stock_hotwords, …  other recognisers with the context of all chosen signals, see `evals.yardsticks`

Signals are those that the set's items have, prior_turn, the names in the reply before, and earlier_turns, those in
replies before that one.
"""

import difflib
from collections.abc import Iterable, Sequence
from typing import get_args

from core.context.bias import EMPTY, BiasList
from core.context.ranking import Embed, add_names, rank_candidates
from core.dialogue import ContextItem, Signal
from core.errors import RunError
from evals.manifest import Utterance
from evals.placebo import PlaceboPool
from evals.results import ARMS, PLACEBO, WITH_CONTEXT, WITHOUT_CONTEXT, Arm
from evals.yardsticks import STOCK, YARDSTICKS

ONLY, WITHOUT = "only:", "without:"
ALL_SIGNALS: tuple[Signal, ...] = get_args(Signal)


def list_candidates(utterance: Utterance) -> tuple[ContextItem, ...]:
    """The items that can be prompted for an utterance.

    One of the kind no_context is given none on purpose, so the names in the replies before it stay out as well.
    """
    if utterance.kind == "no_context":
        return ()
    return add_names(utterance.dialogue, utterance.context)


def choose_signals(utterances: Iterable[Utterance], asked: Sequence[str] | None) -> tuple[Signal, ...]:
    """The asked signals, or all of the set, in the order of `core.dialogue`.

    Raises:
        RunError: the set has no such signal.
    """
    present = {item.signal for utterance in utterances for item in list_candidates(utterance)}
    known = tuple(signal for signal in ALL_SIGNALS if signal in present)
    chosen = known if asked is None else _choose(asked, known, "signal")
    return tuple(signal for signal in known if signal in chosen)


def choose_arms(signals: Sequence[Signal], asked: Sequence[str] = ARMS, ablate: bool = False) -> tuple[Arm, ...]:
    """The asked arms, with `ablate` also those that tell what each signal is worth, in the order of this file's head.

    Raises:
        RunError: there is no such arm over these signals.
    """
    ablations = (*(ONLY + signal for signal in signals), *(WITHOUT + signal for signal in signals), PLACEBO)
    known = (*ARMS, *ablations, *YARDSTICKS)
    chosen = {WITHOUT_CONTEXT, *_choose(asked, known, "arm"), *(ablations if ablate else ())}
    return tuple(arm for arm in known if arm in chosen)


class ArmContexts:
    """The bias list of each arm for each utterance. All are ranked in the same way, by the utterance's own dialogue."""

    def __init__(
        self, utterances: Sequence[Utterance], arms: Sequence[Arm], signals: Sequence[Signal], embed: Embed, seed: int
    ) -> None:
        self._arms = arms
        self._signals = frozenset(signals)
        self._embed = embed
        self._pool = PlaceboPool(((utterance, self._choose(utterance)) for utterance in utterances), seed)

    def build_biases(self, utterance: Utterance) -> dict[Arm, BiasList]:
        """By arm, in the order of the arms."""
        candidates = self._choose(utterance)
        return {arm: self._build_bias(utterance, arm, candidates) for arm in self._arms}

    def _choose(self, utterance: Utterance) -> tuple[ContextItem, ...]:
        return tuple(item for item in list_candidates(utterance) if item.signal in self._signals)

    def _build_bias(self, utterance: Utterance, arm: Arm, candidates: Sequence[ContextItem]) -> BiasList:
        if arm == PLACEBO:
            given: Sequence[ContextItem] = self._pool.draw(utterance, candidates)
        else:
            given = [item for item in candidates if _gives(arm, item.signal)]
        return rank_candidates(utterance.dialogue, given, self._embed).bias if given else EMPTY


def _gives(arm: Arm, signal: Signal) -> bool:
    if arm.startswith(ONLY):
        return signal == arm.removeprefix(ONLY)
    if arm.startswith(WITHOUT):
        return signal != arm.removeprefix(WITHOUT)
    return arm == WITH_CONTEXT or (arm in YARDSTICKS and arm != STOCK)


def _choose(asked: Sequence[str], known: Sequence[str], what: str) -> frozenset[str]:
    for name in asked:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(known) or 'none'}."
            raise RunError(f"This set has no {what} {name!r}; {hint}")
    return frozenset(asked)
