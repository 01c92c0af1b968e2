"""Writes rows to Redis, off every request's path."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence

import structlog
from redis.exceptions import RedisError, ResponseError

from service.tiers.circuit_breaker import CircuitBreaker
from service.tiers.pending_rows import PendingRows
from service.tiers.redis_connections import RedisConnections

_log = structlog.get_logger()
_BATCH = 256
_TIMEOUT_S = 1.0


class WriteBack:
    """A bounded queue of rows and the task that empties it.

    Failures are counted and otherwise without consequence: the rows are in the table.

    Args:
        connections: how to reach Redis.
        breaker: shared with the reader; while it is open nothing is written.
        most_rows: rows that may wait; more are dropped.
        ttl_s: how long a row stays in Redis, in seconds.
        count_error: called with ``write`` and the reason of each failure.
        count_written: called with the number of rows of each successful batch.
    """

    def __init__(
        self,
        connections: RedisConnections,
        breaker: CircuitBreaker,
        most_rows: int,
        ttl_s: int,
        count_error: Callable[[str, str], None],
        count_written: Callable[[int], None],
    ) -> None:
        self._connections = connections
        self._breaker = breaker
        self._most_rows = most_rows
        self._ttl_s = ttl_s
        self._count_error = count_error
        self._count_written = count_written
        self._queue: deque[PendingRows] = deque()
        self._waiting_rows = 0
        self._filled = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @property
    def waiting_rows(self) -> int:
        """Return how many rows wait to be written."""
        return self._waiting_rows

    def start(self) -> None:
        """Start the task."""
        self._task = asyncio.create_task(self._run())

    def offer(self, rows: PendingRows) -> None:
        """Queue rows, or drop them if too many wait already."""
        if self._waiting_rows + len(rows) > self._most_rows:
            self._count_error("write", "queue_full")
            return
        self._queue.append(rows)
        self._waiting_rows += len(rows)
        self._filled.set()

    async def stop(self) -> None:
        """Stop the task; what waits is dropped."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            await self._filled.wait()
            while self._queue:
                rows = self._queue.popleft()
                self._waiting_rows -= len(rows)
                if self._breaker.is_open:
                    self._count_error("write", "open")
                    continue
                entries = rows.entries()
                for start in range(0, len(entries), _BATCH):
                    await self._write(entries[start : start + _BATCH])
            self._filled.clear()

    async def _write(self, entries: Sequence[tuple[bytes, bytes]]) -> None:
        """Write one batch in one round trip."""
        commands = [("SET", key, value, "EX", self._ttl_s) for key, value in entries]
        refused = 0
        try:
            async with asyncio.timeout(_TIMEOUT_S), self._connections.lease() as connection:
                await connection.send_packed_command(connection.pack_commands(commands))
                for _ in commands:
                    try:
                        await connection.read_response()
                    except ResponseError:  # such as OOM or READONLY; the next replies follow
                        refused += 1
        except TimeoutError:
            self._failed("timeout")
            return
        except (RedisError, OSError) as error:
            _log.debug("redis_write_failed", error=type(error).__name__)
            self._failed("error")
            return
        if refused:
            self._count_error("write", "refused")
        self._count_written(len(entries) - refused)

    def _failed(self, reason: str) -> None:
        self._count_error("write", reason)
        self._breaker.failure(reason)
