"""The gateway's connections, and refusals that cost next to nothing."""

import re
from time import perf_counter_ns
from typing import Any
from uuid import uuid4

from service.account import Account
from service.adaptive_limit import AdaptiveLimit
from service.components import Components
from service.errors import OverloadedError
from service.guarded_protocol import GuardedProtocol
from service.problems import problem_of
from service.raw_answer import raw_answer
from service.refusal_pace import RefusalPace
from service.request_id import request_id_of
from service.request_log import RequestLog

COMPLETE_NS = "dynint.complete_ns"
"""Key in the ASGI scope: reading of ``perf_counter_ns`` when the request had arrived whole."""

_PREDICT = re.compile(rb"POST (/v1)?/predict HTTP/1\.1\r\n")
_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d{1,8})[ \t]*\r\n", re.IGNORECASE)
_LENGTHS = re.compile(rb"content-length", re.IGNORECASE)
_REQUEST_ID = re.compile(rb"\r\nx-request-id:[ \t]*(\S{1,128})[ \t]*\r\n", re.IGNORECASE)
_UNUSUAL = re.compile(rb"\r\n(transfer-encoding|expect|upgrade|connection):", re.IGNORECASE)


_TOO_MANY = OverloadedError(
    "requests: there are as many under way as can be answered in time. Try again"
)
_PROBLEM = problem_of(_TOO_MANY)
_NAME = uuid4().hex
_REFUSAL = raw_answer(_PROBLEM, _NAME)


def _refusal(request_id: str) -> bytes:
    """Write the answer to a request that is one too many; names are mostly of one length."""
    if len(request_id) != len(_NAME):
        return raw_answer(_PROBLEM, request_id)
    return _REFUSAL.replace(_NAME.encode(), request_id.encode())


class GatewayProtocol(GuardedProtocol):
    """Refuses POST /predict before it is parsed, when as many as are allowed are under way.

    Reading a request and asking the application costs a fifth of scoring it; at ten times the load
    that alone would leave no time for scores. A refusal here looks at the head only, and passes over
    the body without keeping it. Where refusals are many they are given in turn, a little later, and
    the connection is not read meanwhile. Whatever is unusual (chunked, no length, a head in pieces)
    takes the common way, where the limit holds too.

    ``limit``, ``request_log`` and ``pace`` are set by ``protocol_for``.
    """

    limit: AdaptiveLimit
    request_log: RequestLog
    pace: RefusalPace

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._skip = 0
        self._refused: tuple[str, str] | None = None  # name and route of one that is to be told
        self._held = b""
        self._is_unread = False

    def data_received(self, data: bytes) -> None:
        """Take what the socket gave."""
        while data:
            if self._skip:
                passed = min(self._skip, len(data))
                self._skip -= passed
                data = data[passed:]
                if not self._skip:
                    self._skipped()
                continue
            if self._refused is not None:
                self._held += data
                return
            taken = self._refuse(data) if self.limit.is_reached else 0
            if not taken:
                super().data_received(data)
                return
            data = data[taken:]

    def on_message_complete(self) -> None:
        """Note when the request had arrived."""
        if self.cycle is not None:
            self.cycle.scope[COMPLETE_NS] = perf_counter_ns()  # type: ignore[literal-required]
        super().on_message_complete()

    def _refuse(self, data: bytes) -> int:
        """Answer a request at its head; returns how many bytes were used, 0 if it must be parsed."""
        idle = self.cycle is None or (self.cycle.response_complete and not self.cycle.more_body)
        busy = not idle or self.pipeline or self._in_head or self._ended
        if busy or self.transport.is_closing():
            return 0
        end = data.find(b"\r\n\r\n") + 4
        found = _PREDICT.match(data) if end > 3 else None
        if found is None:
            return 0
        head = data[:end]
        length = _LENGTH.search(head)
        if length is None or _UNUSUAL.search(head) or len(_LENGTHS.findall(head)) > 1:
            return 0
        named = _REQUEST_ID.search(head)
        self._unset_keepalive_if_required()
        self._refused = request_id_of(named[1] if named else None), found[0][5:-11].decode()
        body = int(length[1])
        present = min(body, len(data) - end)
        self._skip = body - present
        if self._skip:
            self._watch()
        self.pace.ask(self._tell)
        if self._refused is not None and not self._skip:
            self._skipped()
        return end + present

    def _tell(self) -> None:
        """Answer the request that is refused, and go on with what came after it."""
        if self._refused is None:
            return
        (request_id, route), self._refused = self._refused, None
        if self.transport.is_closing():
            return
        self.transport.write(_refusal(request_id))
        self.metrics.requests.labels(route, "503").inc()
        self.request_log.failed(request_id, route, 0, Account(), _TOO_MANY, _PROBLEM)
        if self._is_unread:
            self._is_unread = False
            self.transport.resume_reading()
        if not self._skip:
            self._await_next()
        held, self._held = self._held, b""
        if held:
            self.data_received(held)

    def _skipped(self) -> None:
        """Wait for the next request, or read no more until this one is told."""
        if self._refused is None:
            self._await_next()
        else:
            self._unset_patience()
            self._is_unread = True
            self.transport.pause_reading()

    def shutdown(self) -> None:
        """End the connection, once nobody waits for an answer."""
        self._tell()
        super().shutdown()

    def _await_next(self) -> None:
        """Wait for the next request, as after any other answer."""
        self._unset_patience()
        self._unset_keepalive_if_required()
        self.timeout_keep_alive_task = self.loop.call_later(
            self.timeout_keep_alive, self.timeout_keep_alive_handler
        )


def protocol_for(components: Components) -> type[GatewayProtocol]:
    """Make the protocol of one gateway."""
    settings = components.settings
    bound = {
        "limit": components.limit,
        "metrics": components.metrics,
        "request_log": components.request_log,
        "pace": RefusalPace(),
        "head_timeout_s": settings.header_timeout_ms / 1e3,
        "max_head_bytes": settings.max_header_bytes,
        "write_timeout_s": settings.write_timeout_ms / 1e3,
    }
    return type("BoundProtocol", (GatewayProtocol,), bound)
