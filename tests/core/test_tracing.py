"""A timeline as spans, collected by the real OpenTelemetry SDK."""

import sys

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from core.errors import TracingError
from core.timeline import Timeline
from core.tracing import export_spans


def test_each_stage_is_a_span_with_its_times_below_the_conversation() -> None:
    collected, provider, timeline = InMemorySpanExporter(), TracerProvider(), Timeline()
    provider.add_span_processor(SimpleSpanProcessor(collected))
    timeline.add("reply spoken", 100.0, 2_600.0)
    timeline.add("vector", 150.0, 190.0, "ready")
    assert export_spans(timeline, provider.get_tracer("test")) == 2
    spans = {span.name: span for span in collected.get_finished_spans()}
    root = spans.pop("conversation")
    began_ns = timeline.began_epoch_ns
    assert {name: (span.start_time, span.end_time) for name, span in spans.items()} == {
        "reply spoken": (began_ns + 100_000_000, began_ns + 2_600_000_000),
        "vector": (began_ns + 150_000_000, began_ns + 190_000_000),
    }
    assert dict(spans["vector"].attributes or {}) == {"detail": "ready"}
    assert (root.start_time, root.end_time) == (began_ns, began_ns + 2_600_000_000)
    for span in spans.values():
        assert span.parent is not None
        assert span.parent.span_id == root.context.span_id


def test_without_a_collector_nothing_is_lost_and_nothing_breaks() -> None:
    timeline = Timeline()
    timeline.mark("clip received")
    assert export_spans(timeline) == 1
    assert export_spans(Timeline()) == 0


def test_without_the_package_the_way_out_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry", None)
    with pytest.raises(TracingError, match="pip install opentelemetry-sdk"):
        export_spans(Timeline())
