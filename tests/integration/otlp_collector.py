"""A collector of traces: OTLP over gRPC on a real socket, decoded by the protocol's own messages."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any, Self

import grpc
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

_SERVICE = "opentelemetry.proto.collector.trace.v1.TraceService"


class Collector:
    """Keeps the spans that it is sent.

    Attributes:
        spans: every span so far.
        resources: the attributes of each batch's sender.
        endpoint: where to send them.
    """

    def __init__(self) -> None:
        self.spans: list[Any] = []
        self.resources: list[dict[str, object]] = []
        self._server = grpc.server(ThreadPoolExecutor(2))
        handler = grpc.unary_unary_rpc_method_handler(
            self._export,
            ExportTraceServiceRequest.FromString,
            ExportTraceServiceResponse.SerializeToString,
        )
        self._server.add_generic_rpc_handlers(
            [grpc.method_handlers_generic_handler(_SERVICE, {"Export": handler})]
        )
        port = self._server.add_insecure_port("127.0.0.1:0")
        self.endpoint = f"http://127.0.0.1:{port}"

    def _export(
        self, request: ExportTraceServiceRequest, context: grpc.ServicerContext
    ) -> ExportTraceServiceResponse:
        for resource_spans in request.resource_spans:
            self.resources.append(values(resource_spans.resource.attributes))
            for scope_spans in resource_spans.scope_spans:
                self.spans.extend(scope_spans.spans)
        return ExportTraceServiceResponse()

    def of(self, request_id: str) -> tuple[Any, list[Any]]:
        """Return a request's span and those below it, in the order of their begin."""
        (server,) = (
            span
            for span in self.spans
            if values(span.attributes).get("dynint.request_id") == request_id
        )
        below = [span for span in self.spans if span.parent_span_id == server.span_id]
        return server, sorted(below, key=lambda span: span.start_time_unix_nano)

    def has(self, request_id: str) -> bool:
        """Tell whether a request's span has come."""
        return any(
            values(span.attributes).get("dynint.request_id") == request_id
            for span in list(self.spans)
        )

    def __enter__(self) -> Self:
        self._server.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.stop(None).wait()


def values(attributes: Any) -> dict[str, object]:
    """Read attributes as a mapping."""
    return {each.key: getattr(each.value, each.value.WhichOneof("value")) for each in attributes}
