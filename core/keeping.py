"""What a conversation leaves behind in the two tables.

A store that is gone costs the context of a turn, never the turn.
"""

from collections import deque
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from functools import partial

from core.context.payload import encode_earlier, encode_information, encode_items, encode_turn
from core.context.ranking import Context
from core.context.sequence import ROUNDS
from core.dialogue import Interaction, Signal, Speak, Turn
from core.errors import StoreError
from core.follow_up import FollowUp
from core.store.vault import EventType, OpenInteraction, Vault
from core.timeline import Timeline


@dataclass(frozen=True, slots=True)
class Round:
    """What was said, and until when it may be used, epoch seconds."""

    turns: tuple[Turn, Turn]
    expires_at: int


class Keeper:
    """Writes and forgets the interactions of one conversation. What fails is told in the timeline."""

    def __init__(self, vault: Vault, timeline: Timeline) -> None:
        self.interaction_ids: list[str] = []
        self.information: dict[str, str] = {}
        self.discarded = 0
        self._vault = vault
        self._timeline = timeline
        self._rounds: deque[Round] = deque(maxlen=ROUNDS)

    @property
    def last_turns(self) -> tuple[Turn, ...]:
        """The newest request and its reply."""
        return self._rounds[-1].turns if self._rounds else ()

    def begin(self) -> OpenInteraction | None:
        """A new interaction; None where there is no key to seal with."""
        try:
            opened = self._vault.begin()
        except StoreError as exc:
            self._note("storing failed", exc)
            return None
        self.interaction_ids.append(opened.id)
        return opened

    def store(self, follow_up: FollowUp, interaction: Interaction, signals: Collection[Signal]) -> None:
        """Items first, then the events that name them."""
        try:
            with self._timeline.stage("items stored"):
                refs = self._put(follow_up.interaction, interaction, signals)
            for event_type, ref in refs:
                follow_up.record(event_type, ref)
            for directive in interaction.reply.directives:
                follow_up.record("speak" if isinstance(directive, Speak) else "expect-speech")
        except StoreError as exc:
            self._note("storing failed", exc)

    def note_round(self, interaction: Interaction, expires_at: int) -> None:
        """The round has been answered; it may be used until then, epoch seconds."""
        self._rounds.append(Round(interaction.turns, expires_at))

    def store_vector(self, follow_up: FollowUp, context: Context) -> None:
        """A vector can be turned back into its text, so it is kept like text: sealed, and only until it expires."""
        if context.vector is None:
            return
        try:
            follow_up.record("context-vector", follow_up.interaction.put(context.vector.tobytes()))
        except StoreError as exc:
            self._note("storing failed", exc)

    def discard(self, opened: OpenInteraction) -> None:
        """No follow-up will come, so its context is never computed."""
        if self._forget(opened.forget):
            self.discarded += 1
            self._timeline.mark("context discarded")

    def forget_all(self) -> None:
        """Delete every interaction, and what is remembered of them."""
        for interaction_id in self.interaction_ids:
            self._forget(partial(self._vault.store.forget, interaction_id))
        self.interaction_ids.clear()
        self._rounds.clear()

    def _put(
        self, opened: OpenInteraction, interaction: Interaction, signals: Collection[Signal]
    ) -> list[tuple[EventType, str]]:
        """What the interaction says and touches, and where it asks back also what was known before it."""
        turns = [encode_turn(turn) for turn in interaction.turns]
        request, reply, *items = opened.put_all([*turns, *encode_items(interaction.reply.items)])
        if interaction.reply.expects_speech:
            items += self._put_known(opened, signals)
        return [("utterance", request), ("reply", reply), *(("item", item) for item in items)]

    def _put_known(self, opened: OpenInteraction, signals: Collection[Signal]) -> Iterator[str]:
        """Earlier rounds, which never live longer for being stored again, and what else is known."""
        now_s = self._vault.now_ms() / 1000
        rounds = [one for one in self._rounds if one.expires_at > now_s]
        if rounds and "earlier_turns" in signals:
            turns = [turn for one in rounds for turn in one.turns]
            yield opened.put(encode_earlier(turns), min(one.expires_at for one in rounds))
        if self.information and "preferences" in signals:
            yield opened.put(encode_information(self.information))

    def _forget(self, forget: Callable[[], None]) -> bool:
        """What cannot be deleted now is tried again by the store itself, several times a second."""
        try:
            forget()
        except StoreError as exc:
            self._note("forgetting failed", exc)
            return False
        return True

    def _note(self, problem: str, exc: StoreError) -> None:
        self._timeline.mark(problem, exc.code)
