"""One connection to Redis: commands go out as they come, replies pair first in, first out."""

import asyncio
from collections import deque
from collections.abc import Sequence
from time import monotonic
from typing import Any

import hiredis
import structlog

_log = structlog.get_logger()
_INCOMPLETE = object()

Replies = list[Any] | None
"""Replies in the order of the commands (an error is a ``hiredis.ReplyError``); ``None`` if lost."""


class _Expected:
    """The replies that one ``send`` waits for."""

    __slots__ = ("future", "left", "replies")

    def __init__(self, future: asyncio.Future[Replies], left: int) -> None:
        self.future = future
        self.left = left
        self.replies: list[Any] = []


class RedisChannel(asyncio.Protocol):
    """Pairs each reply with its command by their order, whoever still wants it.

    Nobody owns the connection, so nobody's cancellation or timeout touches it: a reply that is no
    longer wanted is read and thrown away when it comes. The only way out of step would be a broken
    stream, and that closes the connection; so does silence while replies are due.

    Args:
        silence_s: so long without a byte while a reply is due, and the connection is closed, in
            seconds.

    Attributes:
        heard_at: reading of ``time.monotonic`` when the last byte came, in seconds.
    """

    def __init__(self, silence_s: float) -> None:
        self._silence_s = silence_s
        self._reader = hiredis.Reader(notEnoughData=_INCOMPLETE)
        self._expected: deque[_Expected] = deque()
        self._transport: asyncio.Transport | None = None
        self._watch: asyncio.TimerHandle | None = None
        self._retired = False
        self._waiting_since = 0.0
        self.heard_at = 0.0

    @property
    def is_open(self) -> bool:
        """Tell whether commands can be sent."""
        return self._transport is not None and not self._retired

    @property
    def outstanding(self) -> int:
        """Return how many sends wait for replies."""
        return len(self._expected)

    @property
    def oldest(self) -> asyncio.Future[Replies]:
        """Return the future of the send that is answered next; there must be one."""
        return self._expected[0].future

    def send(self, data: Sequence[bytes], replies: int) -> asyncio.Future[Replies]:
        """Send commands; never waits.

        The future is never failed: it becomes ``None`` if the connection is lost first. Wait for it
        with ``asyncio.wait``, which does not cancel it; several may.

        Args:
            data: packed commands.
            replies: how many replies they have, at least 1.
        """
        future: asyncio.Future[Replies] = asyncio.get_running_loop().create_future()
        if self._transport is None or self._retired:
            future.set_result(None)
            return future
        self._transport.writelines(data)
        if not self._expected:
            self._waiting_since = monotonic()
            self._watch_silence(self._silence_s)
        self._expected.append(_Expected(future, replies))
        return future

    def retire(self) -> None:
        """Send nothing more, and close once all replies are in."""
        self._retired = True
        if not self._expected:
            self.abort("retired")

    def abort(self, reason: str) -> None:
        """Close at once; what is due is lost."""
        if self._transport is not None:
            _log.debug("redis_connection_closed", reason=reason, lost=len(self._expected))
            self._transport.abort()
            self._lose()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self._transport = transport  # type: ignore[assignment]  # that of a stream is a Transport

    def data_received(self, data: bytes) -> None:
        """Pair replies with what waits for them."""
        self.heard_at = monotonic()
        try:
            self._reader.feed(data)
            while (reply := self._reader.gets()) is not _INCOMPLETE:
                if not self._expected:
                    raise hiredis.ProtocolError("a reply that nobody waits for")
                first = self._expected[0]
                first.replies.append(reply)
                first.left -= 1
                if not first.left:
                    self._expected.popleft()
                    if not first.future.done():
                        first.future.set_result(first.replies)
        except hiredis.ProtocolError:
            self.abort("broken stream")
            return
        if not self._expected:
            self._stop_watch()
            if self._retired:
                self.abort("retired")

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell everybody who waits."""
        self._lose()

    def _lose(self) -> None:
        self._transport = None
        self._stop_watch()
        while self._expected:
            future = self._expected.popleft().future
            if not future.done():
                future.set_result(None)

    def _watch_silence(self, after_s: float) -> None:
        loop = asyncio.get_running_loop()
        self._watch = loop.call_later(after_s, self._check_silence)

    def _check_silence(self) -> None:
        silent_s = monotonic() - max(self.heard_at, self._waiting_since)
        if silent_s >= self._silence_s:
            self.abort("silence")
        else:
            self._watch_silence(self._silence_s - silent_s)

    def _stop_watch(self) -> None:
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None
