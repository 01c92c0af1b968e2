"""An open loop: requests start when they are meant to, whatever became of the ones before.

Latency counts from the intended start, so a server that stalls is seen to stall by every request
that came meanwhile, not only by those that a waiting client got to send (coordinated omission).
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from time import perf_counter
from typing import NamedTuple, cast

from benchmarks.serving.http_client import length_of


class Outcome(NamedTuple):
    """What became of one request.

    Attributes:
        start_s: intended start, in seconds from the beginning.
        latency_s: from there to the end of the answer.
        status: of the answer; 0 if the connection broke.
        body: of the answer, if it was asked for.
        waited_s: the part of the latency before it was sent, as no connection was free.
    """

    start_s: float
    latency_s: float
    status: int
    body: bytes = b""
    waited_s: float = 0.0

    @property
    def spent_s(self) -> float:
        """From when it was sent to the end of the answer, in seconds."""
        return self.latency_s - self.waited_s


class _Connection(asyncio.Protocol):
    """One connection with at most one request under way."""

    def __init__(self, loop_: "_Loop") -> None:
        self._owner = loop_
        self._received = b""
        self._whole = 0
        self.intended = self.sent = -1.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def send(self, message: bytes, intended: float) -> None:
        self.intended, self.sent = intended, perf_counter()
        self.transport.write(message)

    def data_received(self, data: bytes) -> None:
        self._received += data
        if not self._whole:
            end = self._received.find(b"\r\n\r\n")
            if end < 0:
                return
            head = self._received[: end + 2].lower()
            self._status = int(head[9:12])
            self._head = end + 4
            self._whole = end + 4 + length_of(head)
            self._closes = b"connection: close" in head
        if len(self._received) >= self._whole:
            body = self._received[self._head : self._whole]
            self._received, self._whole = b"", 0
            self._owner.answered(self, self._status, body, self._closes)

    def connection_lost(self, error: Exception | None) -> None:
        self._owner.lost(self)


class _Loop:
    def __init__(self, messages: Sequence[bytes], rate: float, seconds: float, keep: bool) -> None:
        self.messages, self.rate, self.keep = messages, rate, keep
        self.count = max(1, round(rate * seconds))
        self.idle: deque[_Connection] = deque()
        self.waiting: deque[float] = deque()
        self.outcomes: list[Outcome] = []
        self.sent = 0
        self.done = asyncio.Event()
        self.missing = 0
        self.begin = 0.0

    def arrive(self, intended: float) -> None:
        if self.idle:
            self._send(self.idle.popleft(), intended)
        else:
            self.waiting.append(intended)

    def _send(self, connection: _Connection, intended: float) -> None:
        message = self.messages[self.sent % len(self.messages)]
        self.sent += 1
        connection.send(message, intended)

    def answered(self, connection: _Connection, status: int, body: bytes, closes: bool) -> None:
        self._record(connection, status, body if self.keep else b"")
        if closes:
            connection.transport.close()
        elif self.waiting:
            self._send(connection, self.waiting.popleft())
        else:
            self.idle.append(connection)

    def lost(self, connection: _Connection) -> None:
        if connection.intended >= 0:
            self._record(connection, 0, b"")
        elif connection in self.idle:
            self.idle.remove(connection)
        self.missing += 1

    def _record(self, connection: _Connection, status: int, body: bytes) -> None:
        start, connection.intended = connection.intended, -1.0
        latency = perf_counter() - start
        waited = connection.sent - start
        self.outcomes.append(Outcome(start - self.begin, latency, status, body, waited))
        if len(self.outcomes) == self.count:
            self.done.set()


async def run_open_loop(
    port: int,
    messages: Sequence[bytes],
    rate: float,
    seconds: float,
    connections: int,
    keep: bool = False,
    patience_s: float = 30.0,
    began: asyncio.Future[float] | None = None,
    host: str = "127.0.0.1",
) -> list[Outcome]:
    """Send requests at fixed times.

    Args:
        port: of the server.
        messages: whole requests, sent in turn.
        rate: requests per second.
        seconds: how long.
        connections: a request for which none is free waits, and the wait counts.
        keep: whether bodies are kept.
        patience_s: how long answers are waited for after the last intended start, in seconds.
        began: is told when the first request is meant to start, by ``perf_counter``.
        host: of the server.

    Returns:
        One outcome per request that was answered or broken, in the order of their ends.
    """
    loop = asyncio.get_running_loop()
    state = _Loop(messages, rate, seconds, keep)

    async def connect() -> None:
        _, connection = await loop.create_connection(lambda: _Connection(state), host, port)
        if state.waiting:
            state._send(connection, state.waiting.popleft())
        else:
            state.idle.append(connection)

    await asyncio.gather(*(connect() for _ in range(connections)))
    state.begin = perf_counter() + 0.05
    if began is not None:
        began.set_result(state.begin)
    for place in range(state.count):
        intended = state.begin + place / rate
        while (wait := intended - perf_counter()) > 0:
            while state.missing:
                state.missing -= 1
                await connect()
            await asyncio.sleep(wait if wait > 0.002 else 0)
        state.arrive(intended)
        if place % 32 == 0:
            await asyncio.sleep(0)
    try:
        async with asyncio.timeout(patience_s):
            await state.done.wait()
    except TimeoutError:
        pass
    for connection in list(state.idle):
        connection.transport.close()
    return state.outcomes
