"""The window of one follow-up turn: from the entry that holds expect-speech, through the reply, to the next clip.

The deadline is the reply's start plus its duration less a margin, and now as soon as the user speaks into the reply.
"""

import time
from dataclasses import dataclass

from core.context.ranking import NO_CONTEXT, Context
from core.context.service import ContextService, Taken
from core.dialogue import Outcome
from core.store.interface import Entry
from core.store.vault import EventType, OpenInteraction
from core.timeline import Timeline
from core.trigger import Trigger, data_refs

CONTEXT_COMPUTED = "context vector and bias list"
"""The whole computation, from handing it in to having it back."""

BARGED_IN = "barged in"
"""The moment at which the user began to speak before the reply's end."""


@dataclass(frozen=True, slots=True)
class Window:
    """Where contexts are computed, and how long before the reply's end they have to be there."""

    context: ContextService
    margin_s: float


class FollowUp:
    """One interaction's window. Its context is computed once if the reply asks back, and never otherwise."""

    def __init__(self, interaction: OpenInteraction, window: Window, timeline: Timeline) -> None:
        self.interaction = interaction
        self._trigger = Trigger(self._compute)
        self._context = window.context
        self._margin_s = window.margin_s
        self._timeline = timeline
        self._opened_ms: float | None = None
        self._reply_end_ms: float | None = None
        self._computed_ms: float | None = None
        self._taken = Taken("failed")  # until the computation is begun

    def record(self, event_type: EventType, ref: str = "") -> None:
        """Write an event, and let the trigger see the entry that comes back."""
        with self._timeline.stage(f"event {event_type}"):
            entry = self.interaction.record(event_type, ref)
        self._trigger.observe(self.interaction, entry)

    def begin_reply(self, duration_s: float) -> None:
        """The reply is spoken from now on, for so long: the deadline is known."""
        window_s = max(duration_s - self._margin_s, 0.0)
        deadline_s, start_ms = time.monotonic() + window_s, self._timeline.now_ms()
        self._reply_end_ms = start_ms + duration_s * 1000.0
        if self._opened_ms is not None:
            self._timeline.add("window open", self._opened_ms, start_ms + window_s * 1000.0)
            self._context.set_deadline(self.interaction.id, deadline_s)

    def note_reply_ended(self, at_ms: float | None = None) -> None:
        """The reply has ended as heard, by its player's word: at that time of the timeline, or now."""
        self._reply_end_ms = self._timeline.now_ms() if at_ms is None else at_ms
        self._timeline.add("reply ended as heard", self._reply_end_ms, self._reply_end_ms)

    def barge_in(self) -> None:
        """The user speaks into the reply: what is not ready now is late."""
        self._reply_end_ms = self._timeline.now_ms()
        self._timeline.mark(BARGED_IN)
        self._context.set_deadline(self.interaction.id, time.monotonic())

    def take(self) -> tuple[Outcome, Context]:
        """What is ready now; the outcome is "used" where the recogniser has something to use."""
        if self._taken.readiness == "late":
            self._taken = self._context.take(self.interaction.id)
        taken = self._taken
        if taken.readiness != "ready":
            return taken.readiness, NO_CONTEXT
        self._note_slack()
        return ("used" if taken.context.bias else "empty"), taken.context

    def _compute(self, _: OpenInteraction, entry: Entry) -> None:
        items = self.interaction.sealed(data_refs(entry))
        self._opened_ms = self._timeline.now_ms()
        self._taken = Taken("late")
        self._context.submit(self.interaction.id, self.interaction.data_key, items, self._note_computed)

    def _note_computed(self, taken: Taken) -> None:
        """Called from the thread that looks after the worker."""
        add, times = self._timeline.add, taken.times
        self._computed_ms = self._timeline.now_ms()
        add(CONTEXT_COMPUTED, self._opened_ms or 0.0, self._computed_ms, taken.readiness)
        if times is not None:
            began_ms, opened_ms, embedded_ms, ranked_ms = map(
                self._timeline.at_ms, (times.began_s, times.opened_s, times.embedded_s, times.ranked_s)
            )
            add("items opened", began_ms, opened_ms)
            add("vector", opened_ms, embedded_ms)
            add("bias list", embedded_ms, ranked_ms)

    def _note_slack(self) -> None:
        """The time for which a ready context waited while the reply was still being spoken."""
        if self._computed_ms is not None and self._reply_end_ms is not None:
            self._timeline.add("slack", self._computed_ms, max(self._computed_ms, self._reply_end_ms))
            self._computed_ms = None
