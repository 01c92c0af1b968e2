"""The second tier: Redis."""

import asyncio
from collections.abc import Callable, Sequence

import structlog
from redis.exceptions import RedisError

from service.errors import CacheUnavailableError
from service.tiers.circuit_breaker import CircuitBreaker
from service.tiers.pending_rows import PendingRows
from service.tiers.redis_connections import RedisConnections
from service.tiers.write_back import WriteBack

_log = structlog.get_logger()


class RedisCache:
    """Reads within a budget, writes in the background, leaves a silent Redis alone.

    After several failures in a row the breaker opens and reads fail at once. From then on a task of
    its own, no request, tries Redis until it answers.

    Args:
        connections: how to reach it.
        budget_s: longest time that a read may take, in seconds.
        connect_timeout_s: longest time for a connection made in the background, and a ping over it,
            in seconds.
        breaker: shared with the writer.
        cooldown_s: time between attempts to reach Redis while the breaker is open, in seconds.
        writer: writes what is offered.
        count_error: called with the operation (``read``, ``write``) and the reason of each failure.
    """

    def __init__(
        self,
        connections: RedisConnections,
        budget_s: float,
        connect_timeout_s: float,
        breaker: CircuitBreaker,
        cooldown_s: float,
        writer: WriteBack,
        count_error: Callable[[str, str], None],
    ) -> None:
        self._connections = connections
        self._budget_s = budget_s
        self._connect_timeout_s = connect_timeout_s
        self._breaker = breaker
        self._cooldown_s = cooldown_s
        self._writer = writer
        self._count_error = count_error
        self._recovery: asyncio.Task[None] | None = None

    @property
    def is_open(self) -> bool:
        """Tell whether the breaker is open."""
        return self._breaker.is_open

    async def start(self) -> None:
        """Start the writer, and connect once, so that no request pays for it."""
        self._writer.start()
        try:
            await self._ping()
        except (RedisError, OSError, TimeoutError) as error:
            _log.warning("redis_unreachable", error=type(error).__name__)

    async def read(self, keys: Sequence[bytes]) -> list[bytes | None]:
        """Read values in one round trip, in the order of the keys.

        Raises:
            CacheUnavailableError: ``open`` if the breaker is, ``timeout`` past the budget,
                ``error`` otherwise.
        """
        if self._breaker.is_open:
            self._recover()
            raise CacheUnavailableError("open")
        try:
            async with asyncio.timeout(self._budget_s), self._connections.lease() as connection:
                await connection.send_command("MGET", *keys)
                values: list[bytes | None] = await connection.read_response()
        except TimeoutError:
            raise self._failed("timeout") from None
        except (RedisError, OSError) as error:
            _log.debug("redis_read_failed", error=type(error).__name__)
            raise self._failed("error") from None
        self._breaker.success()
        return values

    def offer(self, rows: PendingRows) -> None:
        """Hand over rows to be written in the background; too many are dropped."""
        self._writer.offer(rows)

    async def close(self) -> None:
        """Stop the background work and close the connections."""
        if self._recovery is not None:
            self._recovery.cancel()
            await asyncio.gather(self._recovery, return_exceptions=True)
        await self._writer.stop()
        await self._connections.close()

    def _failed(self, reason: str) -> CacheUnavailableError:
        self._count_error("read", reason)
        self._breaker.failure(reason)
        if self._breaker.is_open:
            self._recover()
        return CacheUnavailableError(reason)

    def _recover(self) -> None:
        if self._recovery is None or self._recovery.done():
            self._recovery = asyncio.create_task(self._try_until_it_answers())

    async def _try_until_it_answers(self) -> None:
        while True:
            await asyncio.sleep(self._cooldown_s)
            try:
                await self._ping()
            except (RedisError, OSError, TimeoutError):
                continue
            self._breaker.success()
            return

    async def _ping(self) -> None:
        async with (
            asyncio.timeout(self._connect_timeout_s),
            self._connections.lease() as connection,
        ):
            await connection.send_command("PING")
            await connection.read_response()
