"""HTTP/1.1 as uvicorn reads it, within bounds, and with problems where uvicorn answers in plain text."""

from asyncio import BaseTransport, TimerHandle
from typing import Any

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from service.after_head import parser_after
from service.errors import (
    HeadersTooLargeError,
    MalformedRequestError,
    OverloadedError,
    RequestError,
    SlowHeadersError,
)
from service.metrics import Metrics
from service.problems import problem_of
from service.raw_answer import raw_answer
from service.request_id import HEADER, request_id_of

BEHIND = "dynint.behind"
"""Key in the ASGI scope: requests of the same connection that wait for this one's answer."""

_LINGER_S = 2.0
_VERSIONS = ("1.1", "1.0")


class GuardedProtocol(HttpToolsProtocol):
    """One connection whose client is waited for and listened to within bounds.

    - One more than ``max_connections`` gets 503 and is closed, whatever it wants.
    - A head (request line and headers) arrives within ``head_timeout_s`` or the connection is closed.
    - A head larger than ``max_head_bytes`` gets 431; so many bytes of trailers or of a chunk's
      extensions get 400.
    - What is no HTTP/1.1 gets 400, after the answers to the requests before it.
    - An upgrade is ignored.
    - A client that does not take its answer within ``write_timeout_s`` is cut off.

    The attributes are set by ``protocol_for``.
    """

    metrics: Metrics
    head_timeout_s: float
    max_head_bytes: int
    max_connections: int
    write_timeout_s: float

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._in_head = False
        self._in_body = False
        self._upgrading = False
        self._unread_bytes = 0  # since the parser last came to something that is kept elsewhere
        self._piece_bytes = 0  # of what is parsed now
        self._head_bytes = 0  # of the pieces that a head came in; others may be in the first one
        self._patience: TimerHandle | None = None
        self._untaken: TimerHandle | None = None
        self._refusal: RequestError | None = None
        self._parting = b""
        self._ended = False

    def connection_made(self, transport: BaseTransport) -> None:
        """Wait for a first request."""
        super().connection_made(transport)  # type: ignore[arg-type]
        if len(self.connections) > self.max_connections:
            self._turn_away()
        else:
            self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection, and what was waited for."""
        self._unset_keepalive_if_required()
        self._unset_patience()
        self._unset_untaken()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take what the socket gave."""
        if self._ended:
            return
        self._unset_keepalive_if_required()
        self._unread_bytes += len(data)
        self._piece_bytes = len(data)
        self._head_bytes += len(data)
        try:
            while data:
                data = self._feed(data)
        except httptools.HttpParserError:
            self._refuse_rest(
                self._refusal
                or MalformedRequestError("request: must be HTTP/1.1; it could not be read as that")
            )
            return
        if self._unread_bytes > self.max_head_bytes:
            self._refuse_rest(self._too_large())
            return
        self._watch()

    def _feed(self, data: bytes) -> bytes:
        """Parse; returns what is to be parsed by another parser."""
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            self._upgrading = False
            self.parser = parser_after(self.headers, self)
            return data[upgrade.args[0] :]
        return b""

    def on_message_begin(self) -> None:
        """Note that a head is under way."""
        self._in_head = True
        self._head_bytes = self._piece_bytes
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Look at a head's size and version before anybody else sees it.

        Raises:
            HeadersTooLargeError: if it is too large; the parser stops then.
            MalformedRequestError: if it is of another version than 1.0 and 1.1, such as 0.9, which
                has no headers and ends with the line; if it names no host or several (RFC 9112,
                3.2); if its body is coded otherwise than in chunks.
        """
        if self._head_bytes > self.max_head_bytes:
            size = sum(len(name) + len(value) + 4 for name, value in self.headers) + len(self.url)
            if size > self.max_head_bytes:
                self._refusal = self._too_large()
                raise self._refusal
        wrong = _wrong(self.parser.get_http_version(), self.headers)
        if wrong:
            self._refusal = MalformedRequestError(wrong)
            raise self._refusal
        self._unread_bytes = 0
        self._upgrading = self.parser.should_upgrade()
        self.scope[BEHIND] = self.pipeline  # type: ignore[literal-required]
        super().on_headers_complete()
        self._in_head = False
        self._in_body = True

    def on_body(self, body: bytes) -> None:
        """Pass a part of a body on."""
        self._unread_bytes = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Note that the body has ended; that of a request that asks for an upgrade has not."""
        if self._upgrading:
            return
        self._unread_bytes = 0
        self._in_body = False
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Go on with the next request, or end if there is no more that can be read."""
        is_last = not self.pipeline
        super().on_response_complete()
        if self.transport.is_closing():
            self._await_taking()  # it closes once all is taken
        elif self._parting and is_last:
            self._part()

    def pause_writing(self) -> None:
        """Wait for the client to take what it is sent."""
        super().pause_writing()
        self._await_taking()

    def resume_writing(self) -> None:
        """Go on: the client took it."""
        self._unset_untaken()
        super().resume_writing()

    def timeout_keep_alive_handler(self) -> None:
        """Close a connection that nothing more comes over, or that nothing more is taken from."""
        super().timeout_keep_alive_handler()
        self._await_taking()

    def _await_taking(self) -> None:
        if self._untaken is None and self.transport.get_write_buffer_size():
            self._untaken = self.loop.call_later(self.write_timeout_s, self.transport.abort)

    def _unset_untaken(self) -> None:
        if self._untaken is not None:
            self._untaken.cancel()
            self._untaken = None

    def _turn_away(self) -> None:
        """Close a connection that is one too many, and say why."""
        self._ended = True
        problem = problem_of(
            OverloadedError(
                f"connections: must be at most {self.max_connections:,} at a time; there are as "
                "many. Keep one open and use it again"
            )
        )
        self.metrics.requests.labels("other", str(problem.status)).inc()
        self.transport.write(raw_answer(problem, request_id_of(None), close=True))
        self.transport.close()

    def _too_large(self) -> RequestError:
        if self._in_body:
            return MalformedRequestError(
                f"body: trailers and extensions must be at most {self.max_head_bytes:,} bytes; "
                "received more"
            )
        return HeadersTooLargeError(
            f"headers: must be at most {self.max_head_bytes:,} bytes; received more. Leave out "
            "cookies and whatever else is not needed here"
        )

    def _refuse_rest(self, error: RequestError) -> None:
        """Read no more, and answer with a problem once what came before is answered."""
        self._ended = True
        problem = problem_of(error)
        self.metrics.requests.labels("other", str(problem.status)).inc()
        named = dict(self.headers or ()).get(HEADER)
        self._parting = raw_answer(problem, request_id_of(named), close=True)
        cycle = self.cycle
        if cycle is not None and cycle.response_complete and self._in_body:
            self.transport.close()  # its request is answered: another answer would be the next one's
        elif cycle is None or cycle.response_complete:
            self._part()
        elif self._in_body and self.pipeline:
            self.pipeline.popleft()  # the newest: its body is what cannot be read
        elif self._in_body:
            cycle.disconnected = True
            cycle.waiting_for_100_continue = False  # there is nothing to go on with
            cycle.message_event.set()
            if cycle.response_started:
                self.transport.close()
            else:
                self._part()

    def _part(self) -> None:
        """Say the last word, and listen a little longer so that it is heard."""
        self._unset_keepalive_if_required()
        self._unset_patience()
        self.transport.write(self._parting)
        if self.transport.can_write_eof():
            self.transport.write_eof()
            self._patience = self.loop.call_later(_LINGER_S, self.transport.close)
        else:
            self.transport.close()

    def _watch(self) -> None:
        """Wait for the client no longer than allowed, unless the application does that."""
        idle = self.cycle is None or self.cycle.response_complete
        if self._in_head or (idle and self.timeout_keep_alive_task is None):
            if self._patience is None:
                self._patience = self.loop.call_later(self.head_timeout_s, self._end_patience)
        elif self._patience is not None:
            self._unset_patience()

    def _end_patience(self) -> None:
        self._patience = None
        if self.cycle is not None and not self.cycle.response_complete:
            self._watch()  # it may not be read further until the request before it is answered
        elif self._in_head:
            self._refuse_rest(
                SlowHeadersError(
                    f"headers: must arrive within {self.head_timeout_s:g} s; they did not. "
                    "Send them without pauses"
                )
            )
        else:
            self.transport.close()

    def _unset_patience(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None


def _wrong(version: str, headers: list[tuple[bytes, bytes]]) -> str:
    """Tell what is wrong with a head that the parser takes; empty if nothing is."""
    if version not in _VERSIONS:
        return "request: must be HTTP/1.1 or HTTP/1.0; received another version"
    hosts = 0
    for name, value in headers:
        if name == b"host":
            hosts += 1
        elif name == b"transfer-encoding" and value.strip(b" \t").lower() != b"chunked":
            return "transfer-encoding: must be chunked, alone; received another coding"
    if hosts > 1 or (not hosts and version == "1.1"):
        return f"host: must be there once; it is there {hosts} times"
    return ""
