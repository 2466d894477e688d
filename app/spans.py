"""The spans of graph runs and how they leave the program; needs the libraries of the extra `traces`."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from openinference.instrumentation import TraceConfig
from openinference.instrumentation.langchain import LangChainInstrumentor
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import Event, ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.semconv.attributes.exception_attributes import EXCEPTION_TYPE
from opentelemetry.trace import Status

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from opentelemetry.sdk.trace.export import SpanExportResult

# A collector that is away must not keep a planner waiting at the end of a command.
SEND_SECONDS = 2


def collector(endpoint: str) -> SpanExporter:
    """Return what sends spans to a collector's OTLP/HTTP address (`http://host:4318/v1/traces`)."""
    return OTLPSpanExporter(endpoint, timeout=SEND_SECONDS)


@contextmanager
def traced_to(exporter: SpanExporter, *, content: bool) -> Iterator[None]:
    """Trace all graph runs in the block to an exporter; everything is handed over at its end.

    Args:
        exporter: where spans go; it is shut down.
        content: whether texts, arguments and results are part of them.
    """
    hidden = not content
    provider = TracerProvider(resource=Resource.create({SERVICE_NAME: "promoloop"}))
    provider.add_span_processor(BatchSpanProcessor(Wordless(exporter) if hidden else exporter))
    instrumentor = LangChainInstrumentor()
    instrumentor.instrument(
        tracer_provider=provider,
        config=TraceConfig(
            hide_inputs=hidden, hide_outputs=hidden, hide_llm_invocation_parameters=hidden
        ),
    )
    try:
        yield
    finally:
        instrumentor.uninstrument()
        provider.shutdown()


class Wordless(SpanExporter):
    """Hands spans on with the kind of each error, without its message and stack.

    These quote what a model was told, or a key that was refused.
    """

    def __init__(self, to: SpanExporter) -> None:
        self._to = to

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Send the spans on."""
        return self._to.export([_without_words(span) for span in spans])

    def shutdown(self) -> None:
        """Shut down the exporter behind this one."""
        self._to.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Let the exporter behind this one send what it holds."""
        return self._to.force_flush(timeout_millis)


def _without_words(span: ReadableSpan) -> ReadableSpan:
    events = [
        Event(event.name, {EXCEPTION_TYPE: kind}, event.timestamp)
        for event in span.events
        if (kind := (event.attributes or {}).get(EXCEPTION_TYPE))
    ]
    return ReadableSpan(
        name=span.name,
        context=span.context,
        parent=span.parent,
        resource=span.resource,
        attributes=span.attributes,
        events=events,
        links=span.links,
        kind=span.kind,
        status=Status(span.status.status_code),
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )
