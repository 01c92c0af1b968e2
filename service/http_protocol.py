"""The gateway's connections, and refusals that cost next to nothing."""

from asyncio import BaseTransport
from time import perf_counter_ns
from typing import Any

from service.adaptive_limit import AdaptiveLimit
from service.bursts import Bursts
from service.components import Components
from service.doorway import Doorway
from service.guarded_protocol import GuardedProtocol
from service.open_files import allow_connections
from service.refusals import PATHS, Refusals

COMPLETE_NS = "dynint.complete_ns"
"""Key in the ASGI scope: reading of ``perf_counter_ns`` when the request had arrived whole."""

_BUFFER_BYTES = 2**18


class GatewayProtocol(GuardedProtocol):
    """Refuses POST /predict before it is parsed, when as many as are allowed are under way.

    Reading a request and asking the application costs a fifth of scoring it; at ten times the load
    that alone would leave no time for scores. A refusal here looks at the head only, and passes over
    the body. Requests that were let in count from their heads on: of many that are there at the same
    time, no more are parsed than there is room for. Whatever is unusual (chunked, no length, a head
    in pieces) takes the common way, where the limit holds too.

    While the process drains all take the common way, whose answers close the connection.

    ``components`` and what follows it are set by ``protocol_for``.
    """

    components: Components
    limit: AdaptiveLimit
    refusals: Refusals
    bursts: Bursts | None
    buffer: memoryview
    max_body_bytes: int

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._skip = 0
        self._held = b""
        self._quiet_since_s = 0.0

    def connection_made(self, transport: BaseTransport) -> None:
        """Wait for a first request."""
        super().connection_made(transport)
        self._doorway = Doorway(self, transport, self.buffer)
        self.transport.set_protocol(self._doorway)

    @property
    def needs_little(self) -> bool:
        """Whether no more than a head is of use of what comes next."""
        return self._skip > 0 or self._is_one_too_many()

    def _is_one_too_many(self) -> bool:
        """Tell of a request that comes next; it may still be unusual."""
        if not self.limit.is_spoken_for or self.components.draining:
            return False
        if self._in_head or self._ended or self.pipeline:
            return False
        cycle = self.cycle
        return cycle is None or (cycle.response_complete and not cycle.more_body)

    def data_received(self, data: bytes) -> None:
        """Take what the socket gave."""
        while data:
            if self._skip:
                taken = self._pass_over(self._skip, len(data))
            elif self._is_one_too_many():
                taken = self._refuse(data)
            else:
                taken = 0
            if not taken:
                self._send_held()
                super().data_received(data)
                return
            if taken == len(data):
                return
            data = data[taken:]

    def on_headers_complete(self) -> None:
        """Expect a request to be under way soon: what comes meanwhile may be one too many."""
        super().on_headers_complete()
        is_next = self.scope["method"] == "POST" and not self.pipeline
        if is_next and self.scope["path"] in PATHS:
            self.limit.expect()
            self.loop.call_soon(self.limit.arrived)  # after the application's turn

    def on_message_complete(self) -> None:
        """Note when the request had arrived."""
        if self.cycle is not None:
            self.cycle.scope[COMPLETE_NS] = perf_counter_ns()  # type: ignore[literal-required]
        super().on_message_complete()

    def _refuse(self, data: bytes) -> int:
        """Answer a request at its head; returns how many bytes were used, 0 if it must be parsed."""
        if self.transport.is_closing() or self.flow.write_paused:
            return 0
        end = data.find(b"\r\n\r\n") + 4
        refused = self.refusals.refuse(data[: end - 2]) if end > 3 else None
        if refused is None:
            return 0
        answer, length = refused
        if length > self.max_body_bytes:
            return 0
        self._unset_patience()
        self._send_held()
        self._held = answer
        if self.bursts is None:
            self._send_held()
        else:
            self.bursts.hold(self._send_held)
        return end + self._pass_over(length, len(data) - end)

    def _send_held(self) -> None:
        """Send the refusal that is not sent yet, if there is one."""
        answer, self._held = self._held, b""
        if not answer or self.transport.is_closing():
            return
        sent = 0 if self.transport.get_write_buffer_size() else self._doorway.send(answer)
        if sent < len(answer):
            self.transport.write(answer[sent:])

    def shutdown(self) -> None:
        """Close the connection as soon as nothing is under way."""
        self._send_held()
        super().shutdown()

    def _pass_over(self, length: int, present: int) -> int:
        """Throw a body away, or what is left of it; returns how much of it was read already."""
        if length > present:
            self._skip = length - present
            self._skip -= self._doorway.pass_over(self._skip)
            if self._skip:
                self._unset_keepalive_if_required()
                self._watch()
                return present
            length = present
        self._skip = 0
        self._await_next()
        return length

    def _await_next(self) -> None:
        """Wait for the next request, as after any other answer."""
        self._unset_patience()
        self._quiet_since_s = self.loop.time()
        if self.timeout_keep_alive_task is None:
            self._keep_alive_for(self.timeout_keep_alive)

    def _keep_alive_for(self, seconds: float) -> None:
        self.timeout_keep_alive_task = self.loop.call_later(
            seconds, self.timeout_keep_alive_handler
        )

    def timeout_keep_alive_handler(self) -> None:
        """Close the connection, unless a request was refused meanwhile; those set no timer anew."""
        left_s = self._quiet_since_s + self.timeout_keep_alive - self.loop.time()
        if left_s > 0.001:
            self._keep_alive_for(left_s)
        else:
            super().timeout_keep_alive_handler()


def protocol_for(components: Components) -> type[GatewayProtocol]:
    """Make the protocol of one gateway."""
    settings = components.settings
    bound = {
        "components": components,
        "limit": components.limit,
        "metrics": components.metrics,
        "bursts": Bursts() if settings.scores_beside_the_loop else None,
        "refusals": Refusals(components.metrics, components.request_log),
        "max_body_bytes": settings.max_body_bytes,
        "buffer": memoryview(bytearray(_BUFFER_BYTES)),
        "head_timeout_s": settings.header_timeout_ms / 1e3,
        "max_head_bytes": settings.max_header_bytes,
        "max_connections": allow_connections(settings.max_connections),
        "write_timeout_s": settings.write_timeout_ms / 1e3,
    }
    return type("BoundProtocol", (GatewayProtocol,), bound)
