"""One Redis server: its connections, its breaker, and who finds out that it is back."""

import asyncio
from collections.abc import Callable

from hiredis import ReplyError
from redis.exceptions import RedisError

from service.errors import CacheUnavailableError
from service.tiers.circuit_breaker import CircuitBreaker
from service.tiers.redis_channel import RedisChannel, Replies
from service.tiers.redis_connections import RedisConnections
from service.tiers.redis_pack import pack


class RedisNode:
    """A server that is left alone after several failures in a row.

    From then on a task of its own, no request, tries it until it answers.

    Args:
        connections: how to reach it.
        breaker: its own.
        cooldown_s: time between attempts to reach it while the breaker is open, in seconds.
        timeout_s: longest time for each of them, in seconds.
    """

    def __init__(
        self,
        connections: RedisConnections,
        breaker: CircuitBreaker,
        cooldown_s: float,
        timeout_s: float,
    ) -> None:
        self.connections = connections
        self.breaker = breaker
        self.on_failure: list[Callable[[], None]] = []
        self._cooldown_s = cooldown_s
        self._timeout_s = timeout_s
        self._recovery: asyncio.Task[None] | None = None

    @property
    def name(self) -> str:
        """Name it for logs."""
        return self.connections.address.name

    async def channel(self, wait_s: float) -> RedisChannel:
        """Get a channel, or wait for a connection.

        Raises:
            CacheUnavailableError: ``open`` if it is left alone, ``timeout`` if there is no
                connection in time, ``error`` if there can be none; the latter two are recorded.
        """
        if self.breaker.is_open:
            self._recover()
            raise CacheUnavailableError("open")
        why: BaseException
        try:
            return await self.connections.connected(wait_s)
        except TimeoutError:
            reason, why = "timeout", TimeoutError("redis: no connection in time")
        except (RedisError, OSError) as error:
            # Too soon after an attempt that failed: that one's reason is the reason.
            reason, why = "error", error.__cause__ or error
        self.failed(reason, why)
        raise CacheUnavailableError(reason)

    def failed(self, reason: str, error: BaseException) -> None:
        """Record that it did not do what it was asked to; arguments as ``CircuitBreaker.failure``."""
        self.breaker.failure(reason, error)
        if self.breaker.is_open:
            self._recover()
        for listener in self.on_failure:
            listener()

    async def ask(self, *command: str) -> Replies:
        """Send one command, outside of every request; the breaker is neither asked nor told.

        Returns:
            The reply, as the only one of a list.

        Raises:
            OSError: if it cannot be reached, or closes the connection.
            RedisError: if it refuses.
            TimeoutError: if it does not answer in time; the connection is closed then.
        """
        async with asyncio.timeout(self._timeout_s):
            channel = await self.connections.connected(self._timeout_s)
        replied = channel.send([pack(*command)], 1)
        await asyncio.wait({replied}, timeout=self._timeout_s)
        if not replied.done():
            channel.abort("no answer")
            raise TimeoutError
        replies = replied.result()
        if replies is None:
            raise ConnectionError("redis: closed the connection in place of an answer")
        if isinstance(replies[0], ReplyError):
            raise RedisError(str(replies[0]).split(" ", 1)[0])
        return replies

    async def close(self) -> None:
        """Stop trying and close the connections."""
        if self._recovery is not None:
            self._recovery.cancel()
            await asyncio.gather(self._recovery, return_exceptions=True)
        await self.connections.close()

    def _recover(self) -> None:
        if self._recovery is None or self._recovery.done():
            self._recovery = asyncio.create_task(self._try_until_it_answers())

    async def _try_until_it_answers(self) -> None:
        while True:
            await asyncio.sleep(self._cooldown_s)
            try:
                await self.ask("PING")
            except (RedisError, OSError, TimeoutError):
                continue
            self.breaker.success()
            return
