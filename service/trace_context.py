"""A request's place in a trace, as W3C Trace Context writes it; without OpenTelemetry."""

import re
import secrets
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Self

PARENT, STATE = b"traceparent", b"tracestate"
_FORM = re.compile(rb"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")
_LONGEST_STATE = 512

Metadata = tuple[tuple[str, str], ...]

OUTGOING: ContextVar[Metadata] = ContextVar("outgoing", default=())
"""What calls to other servers carry on behalf of the request that is answered."""


@dataclass(frozen=True, slots=True)
class TraceContext:
    """Ids of a trace and of one span in it.

    Attributes:
        trace_id: of the trace, 128 bits, not 0.
        span_id: of the span, 64 bits, not 0.
        sampled: whether the trace is recorded.
        state: other systems' data, passed on as it came.
    """

    trace_id: int
    span_id: int
    sampled: bool
    state: str = ""

    @classmethod
    def read(cls, headers: Mapping[bytes, bytes]) -> Self | None:
        """Read the caller's span out of its headers; ``None`` if there is none, or none valid."""
        found = _FORM.fullmatch(headers.get(PARENT, b""))
        if found is None or found[1] == b"ff" or (found[1] == b"00" and found[5]):
            return None
        trace_id, span_id = int(found[2], 16), int(found[3], 16)
        if not trace_id or not span_id:
            return None
        state = headers.get(STATE, b"")
        plain = state.isascii() and len(state) <= _LONGEST_STATE
        return cls(trace_id, span_id, bool(int(found[4], 16) & 1), state.decode() if plain else "")

    @classmethod
    def new(cls) -> Self:
        """Begin a trace that is recorded."""
        return cls(1 + secrets.randbelow(2**128 - 1), _new_span_id(), True)

    def child(self) -> Self:
        """Make a span below this one."""
        return type(self)(self.trace_id, _new_span_id(), self.sampled, self.state)

    def metadata(self) -> Metadata:
        """Write it for gRPC."""
        flags = "01" if self.sampled else "00"
        parent = ("traceparent", f"00-{self.trace_id:032x}-{self.span_id:016x}-{flags}")
        return (parent, ("tracestate", self.state)) if self.state else (parent,)


def _new_span_id() -> int:
    return 1 + secrets.randbelow(2**64 - 1)
