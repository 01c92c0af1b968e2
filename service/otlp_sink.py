"""Spans by OTLP over gRPC; the one module that imports OpenTelemetry, for ``dynint[tracing]``."""

from importlib import metadata as packages

from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import (
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
    TraceState,
)

from service.trace_context import TraceContext
from service.tracer import Span

_TIMEOUT_S = 2.0
_DELAY_MS = 1_000


class OtlpSink:
    """Sends spans to a collector from a thread, a batch a second; what is too much is dropped.

    Args:
        endpoint: ``http://host:port``, or ``https://`` for TLS.
    """

    def __init__(self, endpoint: str) -> None:
        version = packages.version("dynint")
        self._resource = Resource.create(
            {"service.name": "dynint-gateway", "service.version": version}
        )
        self._scope = InstrumentationScope("dynint", version)
        exporter = OTLPSpanExporter(endpoint=endpoint, timeout=_TIMEOUT_S)
        self._processor = BatchSpanProcessor(exporter, schedule_delay_millis=_DELAY_MS)

    def record(self, span: Span) -> None:
        """Take one span; it is sent later."""
        self._processor.on_end(
            ReadableSpan(
                span.name,
                context=_context(span.context, is_remote=False),
                parent=None
                if span.parent is None
                else _context(span.parent, is_remote=span.server),
                resource=self._resource,
                attributes=dict(span.attributes),
                kind=SpanKind.SERVER if span.server else SpanKind.INTERNAL,
                status=Status(StatusCode.ERROR if span.failed else StatusCode.UNSET),
                start_time=span.start_ns,
                end_time=span.end_ns,
                instrumentation_scope=self._scope,
            )
        )

    def close(self) -> None:
        """Send what was taken, for a few seconds at most."""
        self._processor.shutdown()  # type: ignore[no-untyped-call]


def _context(context: TraceContext, is_remote: bool) -> SpanContext:
    return SpanContext(
        context.trace_id,
        context.span_id,
        is_remote,
        TraceFlags(TraceFlags.SAMPLED),
        TraceState.from_header([context.state]) if context.state else None,
    )
