"""The context embedding service: a running sequence of vectors over the last rounds of a dialogue.

Each turn is a row of the sequence; what is older weighs less. What else is known (the kind of device, the skills in
use, what the user likes, the time of day) gets rows of its own, through `tell`, without a change here: a name and a
text are all that a new kind of information needs. Any model may read the sequence: `read` gives plain arrays.

A vector can be turned back into its text (Morris et al. 2023, "Text Embeddings Reveal (Almost) As Much As Text"), so
vectors are kept like text: sealed, in the interaction's rows of *context_data*, until the interaction expires.
"""

import json
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.context.ranking import Embed
from core.context.sequence import EMPTY, ROUNDS, ContextSequence, weigh
from core.dialogue import Turn
from core.store.vault import OpenInteraction


@dataclass(frozen=True, slots=True)
class _Row:
    """Where a row lies, and nothing of what it says."""

    name: str
    round: int | None
    data_id: str


class RunningContext:
    """The sequence of one dialogue. Holds names and places of rows; their vectors are in the store, sealed."""

    def __init__(self, opened: OpenInteraction, embed: Embed) -> None:
        self._opened = opened
        self._embed = embed
        self._round = 0
        self._turns: deque[_Row] = deque()
        self._information: dict[str, _Row] = {}

    def add(self, turn: Turn) -> None:
        """Append a turn. A user's turn begins a round; rounds that are too old are no longer read.

        Raises:
            StoreError: the store cannot be written to, or the interaction is over.
        """
        if not turn.text.strip():
            return
        if turn.speaker == "user" and self._turns:
            self._round += 1
        self._turns.append(self._keep(turn.speaker, self._round, turn.text))
        while (self._turns[0].round or 0) <= self._round - ROUNDS:
            self._turns.popleft()

    def tell(self, name: str, text: str) -> None:
        """Say what else is known, such as `tell("device", "a kitchen speaker with a screen")`.

        The newest text of a name counts; an empty one takes it back.

        Raises:
            ValueError: the name is one of a speaker.
            StoreError: see `add`.
        """
        if name in {"user", "assistant"}:
            raise ValueError(f"{name!r} names turns; give the information another name")
        self._information.pop(name, None)
        if text.strip():
            self._information[name] = self._keep(name, None, text)

    def read(self) -> ContextSequence:
        """The sequence as it stands. Rows that have expired are not in it.

        Raises:
            SealBroken: a row was changed.
            StoreError: the store cannot be read.
        """
        rows = [*self._turns, *self._information.values()]
        opened = self._opened.open([row.data_id for row in rows])
        there = [row for row in rows if row.data_id in opened]
        if not there:
            return EMPTY
        rounds_ago = tuple(None if row.round is None else self._round - row.round for row in there)
        return ContextSequence(
            tuple(row.name for row in there),
            rounds_ago,
            np.array([weigh(ago) for ago in rounds_ago], dtype=np.float32),
            np.stack([np.frombuffer(opened[row.data_id], dtype="<f4") for row in there]),
        )

    def _keep(self, name: str, round_: int | None, text: str) -> _Row:
        (vector,) = self._embed([text])
        return _Row(name, round_, self._opened.put(vector.astype("<f4").tobytes()))


def rank_by(sequence: ContextSequence, texts: Sequence[str], embed: Embed) -> list[tuple[str, float]]:
    """Texts with their cosine to the whole sequence, nearest first; equal ones in the order of the alphabet."""
    summary = sequence.summarize()
    if summary is None or not texts:
        return [(text, 0.0) for text in sorted(texts)]
    scores = (embed(texts) * summary).sum(axis=1)
    return sorted(zip(texts, scores.tolist(), strict=True), key=lambda pair: (-pair[1], pair[0]))


def encode_sequence(sequence: ContextSequence) -> str:
    """The sequence as JSON, for a model in another process."""
    rows = zip(sequence.names, sequence.rounds_ago, sequence.weights.tolist(), sequence.vectors.tolist(), strict=True)
    return json.dumps([{"name": n, "rounds_ago": ago, "weight": w, "vector": v} for n, ago, w, v in rows])
