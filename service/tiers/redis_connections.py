"""The connections to one Redis server: few, shared, and never made in a storm."""

import asyncio
import contextlib
from time import monotonic

import structlog
from hiredis import ReplyError
from redis.exceptions import RedisError

from service.tiers.redis_address import RedisAddress
from service.tiers.redis_channel import RedisChannel
from service.tiers.redis_pack import pack

_log = structlog.get_logger()
_BUSY = 4
NO_PASSWORD_THERE = "it has no password, and one was sent"  # noqa: S105 (no password)
_SAID = {
    "without any password configured": NO_PASSWORD_THERE,
    "but no password is set": NO_PASSWORD_THERE,  # before Redis 6
    "wrong number of arguments": "it knows no users, and one was sent",  # before Redis 6
}
"""What Redis says to a greeting, and the same in words that repeat nothing of it."""


class RedisConnections:
    """Channels to one server, made in the background at a limited rate.

    Requests share the channels; a further one is made, up to ``most``, when each has several
    commands under way. A request waits for the first one only, and only as long as it likes: the
    attempt goes on without it.

    Args:
        address: the server.
        most: most connections at a time.
        timeout_s: longest time for a connection and its greeting, and for silence on one while a
            reply is due, in seconds.
        pause_s: least time from one attempt to connect to the next, in seconds.
    """

    def __init__(
        self, address: RedisAddress, most: int, timeout_s: float, pause_s: float = 0.1
    ) -> None:
        self.address = address
        self._most = most
        self._timeout_s = timeout_s
        self._pause_s = pause_s
        self._channels: list[RedisChannel] = []
        self._attempt: asyncio.Task[RedisChannel] | None = None
        self._next_attempt_s = 0.0
        self._closed = False

    @property
    def channels(self) -> list[RedisChannel]:
        """List the open channels."""
        return [channel for channel in self._channels if channel.is_open]

    def channel(self) -> RedisChannel | None:
        """Choose the least busy channel; ``None`` if there is none now."""
        channels = self._channels = self.channels
        if not channels:
            return None
        best = min(channels, key=_outstanding)
        if best.outstanding >= _BUSY and len(channels) < self._most:
            with contextlib.suppress(OSError):  # not now: too soon after the last attempt
                self._connect()
        return best

    async def connected(self, wait_s: float) -> RedisChannel:
        """Choose a channel, or wait for the attempt that makes one.

        Args:
            wait_s: longest wait, in seconds.

        Raises:
            OSError: if the server cannot be reached, or the last attempt was just now.
            RedisError: if it refuses the greeting.
            TimeoutError: if there is none in time; the attempt goes on.
        """
        channel = self.channel()
        if channel is not None:
            return channel
        attempt = self._connect()
        await asyncio.wait({attempt}, timeout=wait_s)
        if not attempt.done():
            raise TimeoutError
        return attempt.result()

    def retire(self) -> None:
        """Use the present channels no more; the next use connects anew, by name."""
        for channel in self._channels:
            channel.retire()

    async def close(self) -> None:
        """Close every connection."""
        self._closed = True
        if self._attempt is not None:
            self._attempt.cancel()
            await asyncio.gather(self._attempt, return_exceptions=True)
        for channel in self._channels:
            channel.abort("end")

    def _connect(self) -> asyncio.Task[RedisChannel]:
        if self._attempt is None or self._attempt.done():
            now = monotonic()
            if self._closed or now < self._next_attempt_s:
                raise ConnectionError(
                    "redis: one attempt to connect at a time; the last was just now"
                ) from _failure(self._attempt)
            self._next_attempt_s = now + self._pause_s
            self._attempt = asyncio.create_task(self._make())
            self._attempt.add_done_callback(_retrieve)
        return self._attempt

    async def _make(self) -> RedisChannel:
        address = self.address
        channel = RedisChannel(self._timeout_s)
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self._timeout_s):
                if address.path:
                    await loop.create_unix_connection(lambda: channel, address.path)
                else:
                    await loop.create_connection(
                        lambda: channel, address.host, address.port, ssl=address.tls
                    )
                await _greet(channel, address)
        except BaseException:
            channel.abort("not greeted")
            raise
        self._channels.append(channel)
        return channel


async def _greet(channel: RedisChannel, address: RedisAddress) -> None:
    commands = address.greeting()
    if not commands:
        return
    # One of these may hold a password, and a reply may repeat it: not a word of them in an error.
    replies = await channel.send([pack(*command) for command in commands], len(commands))
    if replies is None:
        raise ConnectionError("redis: closed the connection at its greeting")
    for command, reply in zip(commands, replies, strict=True):
        if isinstance(reply, ReplyError):
            raise RedisError(
                f"redis: {command[0]!s} must be accepted; received {_without_secrets(str(reply))}"
            )


def _without_secrets(reply: str) -> str:
    """Return the reply's code and, where it is one of those known, what it says in our own words."""
    code = reply.split(" ", 1)[0]
    said = next((ours for theirs, ours in _SAID.items() if theirs in reply), "")
    return f"{code} ({said})" if said else code


def _failure(attempt: asyncio.Task[RedisChannel] | None) -> BaseException | None:
    """Return why an attempt failed; ``None`` if it did not."""
    ended = attempt is not None and attempt.done() and not attempt.cancelled()
    return attempt.exception() if attempt is not None and ended else None


def _outstanding(channel: RedisChannel) -> int:
    return channel.outstanding


def _retrieve(attempt: asyncio.Task[RedisChannel]) -> None:
    """Note a failure that nobody may be waiting for."""
    if not attempt.cancelled() and (error := attempt.exception()) is not None:
        _log.debug("redis_connect_failed", error=type(error).__name__, text=str(error))
