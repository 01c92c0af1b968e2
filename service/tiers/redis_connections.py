"""Connections to Redis, each used by one task at a time and never used again after a failure."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from redis.asyncio.connection import AbstractConnection, ConnectionPool
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError


class RedisConnections:
    """A bounded set of connections, without retries and without timeouts of their own.

    Every use must be inside of ``asyncio.timeout``. If the use ends by any exception, a timeout and
    a cancellation among them, its connection is closed: a reply that is still on its way can never
    be taken for another's.

    Args:
        url: ``redis://``, ``rediss://`` or ``unix://``, with user, password and database as
            redis-py reads them.
        most: most connections at a time; further uses wait.
    """

    def __init__(self, url: str, most: int) -> None:
        # Only to read the URL and make connections: RESP2 and no greeting, so connecting is one
        # round trip.
        pool = ConnectionPool.from_url(
            url,
            protocol=2,
            driver_info=None,
            socket_timeout=None,
            socket_connect_timeout=None,
            socket_keepalive=True,
            retry=Retry(NoBackoff(), 0),
        )
        self._make: Callable[[], AbstractConnection] = pool.make_connection
        self._places = asyncio.Semaphore(most)
        self._idle: list[AbstractConnection] = []

    @asynccontextmanager
    async def lease(self) -> AsyncIterator[AbstractConnection]:
        """Lend a connected connection.

        Raises:
            RedisError: if Redis refuses the connection or its greeting.
            OSError: if it cannot be reached.
        """
        async with self._places:
            connection = self._idle.pop() if self._idle else self._make()
            try:
                if not await _is_sound(connection):
                    await connection.disconnect(nowait=True)
                    await connection.connect_check_health(retry_socket_connect=False)
                yield connection
            except BaseException:
                await connection.disconnect(nowait=True)
                raise
            self._idle.append(connection)

    async def close(self) -> None:
        """Close the idle connections."""
        while self._idle:
            await self._idle.pop().disconnect(nowait=True)


async def _is_sound(connection: AbstractConnection) -> bool:
    """Tell whether a connection is open and silent: unasked data would be another's reply."""
    if not connection.is_connected:
        return False
    try:
        return not await connection.can_read()
    except (RedisError, OSError):
        return False
