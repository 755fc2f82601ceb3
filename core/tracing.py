"""A timeline as OpenTelemetry spans, for whoever has that package and a place that collects them."""

from typing import TYPE_CHECKING

from core.errors import TracingError
from core.timeline import Stage, Timeline

if TYPE_CHECKING:
    from opentelemetry.trace import Tracer

NS_PER_MS = 1_000_000


def export_spans(timeline: Timeline, tracer: "Tracer | None" = None) -> int:
    """One span a stage below a span "conversation"; returns how many stages there were.

    Args:
        timeline: no text that was spoken is in it, so none gets out.
        tracer: where the spans go; the globally configured one where it is left out.

    Raises:
        TracingError: the package opentelemetry-api is not installed.
    """
    try:
        from opentelemetry import trace  # noqa: PLC0415 - optional
    except ImportError as exc:
        raise TracingError("Spans need OpenTelemetry; `pip install opentelemetry-sdk` brings it.") from exc
    tracer = tracer or trace.get_tracer("contextual-speech")
    stages = timeline.stages()
    root = tracer.start_span("conversation", start_time=timeline.began_epoch_ns)
    parent = trace.set_span_in_context(root)
    for stage in stages:
        span = tracer.start_span(stage.name, parent, start_time=_epoch_ns(timeline, stage.start_ms))
        if stage.detail:
            span.set_attribute("detail", stage.detail)
        span.end(_epoch_ns(timeline, stage.end_ms))
    root.end(_epoch_ns(timeline, _last_ms(stages)))
    return len(stages)


def _epoch_ns(timeline: Timeline, at_ms: float) -> int:
    return timeline.began_epoch_ns + round(at_ms * NS_PER_MS)


def _last_ms(stages: tuple[Stage, ...]) -> float:
    return max((stage.end_ms for stage in stages), default=0.0)
