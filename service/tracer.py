"""Traces of requests: one span for the request, one below it for each stage."""

from collections.abc import Mapping
from dataclasses import dataclass
from time import perf_counter_ns, time_ns
from typing import Protocol

from service.account import Account
from service.sampler import Sampler
from service.trace_context import OUTGOING, TraceContext


@dataclass(frozen=True, slots=True)
class Trace:
    """The span of a request under way.

    Attributes:
        context: its own.
        parent: the caller's, if it sent one.
        began_ns: reading of ``perf_counter_ns`` at its begin.
    """

    context: TraceContext
    parent: TraceContext | None
    began_ns: int


@dataclass(frozen=True, slots=True)
class Span:
    """What is recorded of a request or of a stage.

    Attributes:
        name: of the request's route or of the stage.
        context: the span's.
        parent: of the span above it.
        start_ns: nanoseconds since 1970, as is ``end_ns``.
        attributes: what else is known; empty for a stage.
        server: whether it is a request's.
        failed: whether the answer was a failure of ours.
    """

    name: str
    context: TraceContext
    parent: TraceContext | None
    start_ns: int
    end_ns: int
    attributes: Mapping[str, str | int | bool]
    server: bool = False
    failed: bool = False


class SpanSink(Protocol):
    """Takes spans to where they are collected, without making anybody wait."""

    def record(self, span: Span) -> None:
        """Take one span."""
        ...

    def close(self) -> None:
        """Send what was taken and give everything back; may take seconds."""
        ...


class Tracer:
    """Decides which requests are traced, and makes their spans when they are answered.

    A caller's ``traceparent`` decides; without one a share of the requests is traced, by their ids.

    Args:
        sink: where spans go.
        sample: share of the requests without a caller's decision, in [0, 1].
    """

    def __init__(self, sink: SpanSink, sample: float) -> None:
        self._sink = sink
        self._sampler = Sampler(sample)

    def begin(self, headers: Mapping[bytes, bytes], request_id: str) -> Trace | None:
        """Begin a request's trace, if it is to have one.

        In either case calls to other servers carry what they need for theirs.
        """
        parent = TraceContext.read(headers)
        if parent is None and self._sampler.takes(request_id):
            context = TraceContext.new()
        elif parent is not None and parent.sampled:
            context = parent.child()
        else:
            if parent is not None:
                OUTGOING.set(parent.metadata())
            return None
        OUTGOING.set(context.metadata())
        return Trace(context, parent, perf_counter_ns())

    def finish(
        self, trace: Trace, method: str, route: str, status: int, request_id: str, account: Account
    ) -> None:
        """Record an answered request.

        Args:
            trace: as begun.
            method: of HTTP.
            route: its path, if it is one of the gateway's.
            status: of the answer; 0 if the client left before.
            request_id: the request's name.
            account: what else is known.
        """
        now_ns = perf_counter_ns()
        epoch_ns = time_ns() - now_ns
        clock = account.clock
        laps = [] if clock is None else clock.laps
        began_ns = min([trace.began_ns, *(begin for _, begin, _ in laps)])
        attributes: dict[str, str | int | bool] = {
            "http.request.method": method,
            "http.route": route,
            "http.response.status_code": status,
            "dynint.request_id": request_id,
        }
        prediction = account.prediction
        if prediction is not None:
            attributes |= {
                "dynint.model": prediction.model,
                "dynint.model_version": prediction.version,
                "dynint.rows": len(prediction.probabilities),
                "dynint.degraded": prediction.degraded,
            }
        self._sink.record(
            Span(
                f"{method} {route}",
                trace.context,
                trace.parent,
                epoch_ns + began_ns,
                epoch_ns + now_ns,
                attributes,
                server=True,
                failed=status >= 500,
            )
        )
        for stage, begin, end in laps:
            context = trace.context.child()
            self._sink.record(
                Span(stage, context, trace.context, epoch_ns + begin, epoch_ns + end, {})
            )

    def close(self) -> None:
        """Send what is left; may take seconds."""
        self._sink.close()
