"""Asks one Redis server over a connection like the gateway's: same address, greeting and TLS."""

import asyncio
import re
from time import monotonic
from typing import Any, Self

from hiredis import ReplyError
from redis.exceptions import RedisError

from service.tiers.redis_address import RedisAddress
from service.tiers.redis_channel import RedisChannel
from service.tiers.redis_connections import RedisConnections
from service.tiers.redis_pack import pack

_MOVED = re.compile(r"MOVED \d+ (.*):(\d+)")


class RedisProbe:
    """One connection; use it as an asynchronous context.

    Args:
        address: the server.
        timeout_s: longest wait for the connection, and for each answer, in seconds.
    """

    def __init__(self, address: RedisAddress, timeout_s: float) -> None:
        self.address = address
        self._timeout_s = timeout_s
        self._connections = RedisConnections(address, 1, timeout_s)
        self._channel: RedisChannel | None = None

    async def __aenter__(self) -> Self:
        """Connect and greet.

        Raises:
            OSError: if it cannot be reached, proves nothing (TLS) or its password's file cannot be
                read.
            RedisError: if it refuses the greeting.
            TimeoutError: if it does not answer in time.
        """
        self._channel = await self._connections.connected(self._timeout_s + 1)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._connections.close()

    async def ask(self, *words: str | bytes) -> Any:
        """Send one command; returns its reply.

        Raises:
            RedisError: if the reply is an error.
            ConnectionError: if the connection is lost.
            TimeoutError: if there is no reply in time.
        """
        if self._channel is None:
            raise ConnectionError("redis: not connected")
        waited = self._channel.send([pack(*words)], 1)
        replies = await asyncio.wait_for(waited, self._timeout_s)
        if replies is None:
            raise ConnectionError("redis: the connection was closed")
        if isinstance(replies[0], ReplyError):
            raise RedisError(str(replies[0]))
        return replies[0]

    async def info(self, section: str) -> dict[str, str]:
        """Ask for one section of INFO; errors as ``ask``."""
        text = (await self.ask("INFO", section)).decode(errors="replace")
        lines = (line.partition(":") for line in text.splitlines() if ":" in line)
        return {name: value for name, _, value in lines}

    async def pings(self, count: int, most_s: float) -> list[float]:
        """Time round trips, one after another, in seconds; fewer if they take too long."""
        times: list[float] = []
        end = monotonic() + most_s
        while len(times) < count and monotonic() < end:
            began = monotonic()
            await self.ask("PING")
            times.append(monotonic() - began)
        return times


def moved_to(error: RedisError, address: RedisAddress) -> RedisAddress | None:
    """Read where a Cluster's node says that a key is."""
    found = _MOVED.match(str(error))
    return address.at(found[1] or address.host, int(found[2])) if found else None
