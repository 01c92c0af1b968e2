"""Writes rows to Redis, off every request's path."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence

import numpy as np
import structlog
from hiredis import ReplyError

from service.errors import CacheUnavailableError
from service.tiers.pending_rows import PendingRows
from service.tiers.redis_node import RedisNode
from service.tiers.redis_pack import pack
from service.tiers.redis_servers import RedisServers
from service.tiers.row_codec import RowCodec

_log = structlog.get_logger()
BATCH = 256
"""Rows of one round trip."""

_TIMEOUT_S = 1.0
_Entry = tuple[bytes, bytes]


class WriteBack:
    """A bounded queue of rows, each waiting once, and the task that empties it.

    Failures are counted and otherwise without consequence: the rows are in the table. While the
    only server is left alone nothing is written, and what waits keeps waiting.

    Args:
        servers: which server has a key.
        most_rows: rows that may wait; more are dropped.
        ttl_s: how long a row stays in Redis, in seconds.
        count_error: called with ``write`` and the reason of each failure.
        count_written: called with the number of rows of each successful batch.
    """

    def __init__(
        self,
        servers: RedisServers,
        most_rows: int,
        ttl_s: int,
        count_error: Callable[[str, str], None],
        count_written: Callable[[int], None],
    ) -> None:
        self._servers = servers
        self._most_rows = most_rows
        self._ttl = str(ttl_s)
        self._count_error = count_error
        self._count_written = count_written
        self._queue: deque[PendingRows] = deque()
        self._queued: dict[RowCodec, set[int]] = {}
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
        """Queue the rows that do not wait already, as many as there is room for."""
        queued = self._queued.get(rows.codec, set())
        marks = rows.fingerprints.tolist()
        fresh = [place for place, mark in enumerate(marks) if mark not in queued]
        room = self._most_rows - self._waiting_rows
        if len(fresh) > room:
            self._count_error("write", "queue_full")
            del fresh[max(room, 0) :]
        if not fresh:
            return
        queued.update([marks[place] for place in fresh])
        self._queued[rows.codec] = queued
        self._queue.append(rows.take(np.array(fresh, np.intp)))
        self._waiting_rows += len(fresh)
        self._filled.set()

    async def stop(self) -> None:
        """Stop the task; what waits is dropped."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def write(self, entries: Sequence[_Entry]) -> int:
        """Write pairs of key and value, each server's in one round trip.

        Returns:
            How many Redis took; the reasons of the others are counted.
        """
        keys = [key for key, _ in entries]
        parts = [
            (reader, [entries[place] for place in places])
            for reader, places in self._servers.split(keys)
        ]
        written = await asyncio.gather(
            *(self._write_to(reader.node, part) for reader, part in parts if reader is not None)
        )
        if any(reader is None for reader, _ in parts):
            self._count_error("write", "error")
        return sum(written)

    async def _run(self) -> None:
        while True:
            await self._filled.wait()
            while self._queue:
                rows = self._queue.popleft()
                for batch in rows.batches(BATCH):
                    await self._servers.usable()
                    self._forget(batch)
                    written = await self.write(batch.entries())
                    if written:
                        self._count_written(written)
            self._filled.clear()

    def _forget(self, batch: PendingRows) -> None:
        self._waiting_rows -= len(batch)
        queued = self._queued[batch.codec]
        queued.difference_update(batch.fingerprints.tolist())
        if not queued:
            del self._queued[batch.codec]

    async def _write_to(
        self, node: RedisNode, entries: Sequence[_Entry], again: bool = True
    ) -> int:
        """Write what one server has; follows it to another once."""
        try:
            channel = await node.channel(_TIMEOUT_S)
        except CacheUnavailableError as error:
            self._count_error("write", error.reason)
            return 0
        ttl = self._ttl
        data = [pack("SET", key, value, "EX", ttl) for key, value in entries]
        replied = channel.send([b"".join(data)], len(data))
        await asyncio.wait({replied}, timeout=_TIMEOUT_S)
        replies = replied.result() if replied.done() else None
        if replies is None:
            why: OSError = TimeoutError("redis: no answer in time")
            reason = "timeout"
            if replied.done():
                reason, why = "error", ConnectionError("redis: the connection was lost")
            self._count_error("write", reason)
            node.failed(reason, why)
            return 0
        refused = [place for place, reply in enumerate(replies) if type(reply) is ReplyError]
        if not refused:
            return len(entries)
        moved: dict[RedisNode, list[_Entry]] = {}
        for place in refused:
            better = self._servers.redirect(str(replies[place]))
            if again and better is not None and not better[1]:
                moved.setdefault(better[0].node, []).append(entries[place])
        lost = len(refused) - sum(map(len, moved.values()))
        if lost:  # such as OOM or READONLY
            self._count_error("write", "refused")
            code = str(replies[refused[0]]).split(" ", 1)[0]
            _log.debug("redis_write_refused", server=node.name, code=code, rows=lost)
            if code == "READONLY":  # a master no longer: its name may lead to another by now
                node.connections.retire()
        followed = [await self._write_to(other, part, False) for other, part in moved.items()]
        return len(entries) - len(refused) + sum(followed)
