"""What happened when: stages with a start and an end on one clock, bounded, safe to use from several threads.

One clock for all processes of the machine, `time.monotonic`, so that the context's worker measures on it as well.
The shape (`PipelineEvent(type, data, timestamp)` in a bounded log) follows Home Assistant's assist pipeline.
"""

import dataclasses
import json
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

MAX_STAGES = 200


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of a turn; times are milliseconds since the timeline began. `detail` holds counts and codes, never text
    that was spoken.
    """

    name: str
    start_ms: float
    end_ms: float
    detail: str = ""

    @property
    def duration_ms(self) -> float:
        """How long the stage took."""
        return self.end_ms - self.start_ms


class Timeline:
    """The stages of one conversation. The oldest fall out once there are more than `max_stages`."""

    def __init__(self, clock_s: Callable[[], float] = time.monotonic, max_stages: int = MAX_STAGES) -> None:
        self.began_epoch_ns = time.time_ns()
        self._clock_s = clock_s
        self._began_s = clock_s()
        self._stages: deque[Stage] = deque(maxlen=max_stages)
        self._lock = threading.Lock()

    def now_ms(self) -> float:
        """Milliseconds since the timeline began."""
        return self.at_ms(self._clock_s())

    def at_ms(self, clock_s: float) -> float:
        """A time of the clock, as milliseconds since the timeline began."""
        return (clock_s - self._began_s) * 1000.0

    def add(self, name: str, start_ms: float, end_ms: float, detail: str = "") -> None:
        """Record a stage whose times are known."""
        with self._lock:
            self._stages.append(Stage(name, start_ms, end_ms, detail))

    def mark(self, name: str, detail: str = "") -> None:
        """Record a moment."""
        at_ms = self.now_ms()
        self.add(name, at_ms, at_ms, detail)

    @contextmanager
    def stage(self, name: str, detail: str = "") -> Iterator[None]:
        """Record the time spent in the block, also when it raises."""
        start_ms = self.now_ms()
        try:
            yield
        finally:
            self.add(name, start_ms, self.now_ms(), detail)

    def stages(self) -> tuple[Stage, ...]:
        """All stages, by their start."""
        with self._lock:
            return tuple(sorted(self._stages, key=lambda stage: (stage.start_ms, stage.end_ms)))

    def records(self) -> list[dict[str, Any]]:
        """All stages as plain values, by their start; no text that was spoken is among them."""
        return [dataclasses.asdict(stage) for stage in self.stages()]

    def to_json(self) -> str:
        """The records as a JSON array."""
        return json.dumps(self.records())
