"""The second tier: Redis."""

import asyncio
from collections.abc import Callable, Sequence
from time import monotonic
from typing import Any

import numpy as np
from hiredis import ReplyError
from numpy.typing import NDArray

from service.tiers.pending_rows import PendingRows
from service.tiers.reading import Reading
from service.tiers.redis_reader import UNTOLD, NodeReading, RedisReader
from service.tiers.redis_servers import RedisServers
from service.tiers.row_codec import RowCodec
from service.tiers.write_back import WriteBack

_REDIRECTS = 2
_Part = tuple[RedisReader | None, bool, Sequence[int]]


class RedisCache:
    """Reads within a budget and uses what came, writes in the background, leaves a silent Redis alone.

    Args:
        servers: one, or a Cluster.
        budget_s: longest time that a read waits for Redis, in seconds.
        most_keys: most keys that a read asks for; more could not be had within the budget.
        writer: writes what is offered.
        count_error: called with the operation (``read``, ``write``) and the reason of each failure.
        count_skipped: called with the number of rows that a read did not ask for in its time.
    """

    def __init__(
        self,
        servers: RedisServers,
        budget_s: float,
        most_keys: int,
        writer: WriteBack,
        count_error: Callable[[str, str], None],
        count_skipped: Callable[[int], None],
    ) -> None:
        self.servers = servers
        self._budget_s = budget_s
        self._most_keys = most_keys
        self._writer = writer
        self._count_error = count_error
        self._count_skipped = count_skipped

    @property
    def is_open(self) -> bool:
        """Tell whether Redis is left alone."""
        return self.servers.is_open

    async def start(self) -> None:
        """Start the writer, and connect once, so that no request pays for it."""
        self._writer.start()
        await self.servers.start()

    async def read(self, codec: RowCodec, fingerprints: NDArray[np.uint64]) -> Reading:
        """Read the values of levels, each server's in a few pipelined commands."""
        count = len(fingerprints)
        keys = codec.keys(fingerprints[: self._most_keys])
        values: list[Any] = [UNTOLD] * count
        reading = Reading(values, np.zeros(count, np.bool_), skipped=count - len(keys))
        parts: list[_Part] = [(reader, False, at) for reader, at in self.servers.split(keys)]
        until_s = monotonic() + self._budget_s  # our own work up to here is not Redis' time
        for left in range(_REDIRECTS, -1, -1):
            await self._read_parts(parts, keys, until_s, reading)
            parts = self._redirected(values, parts) if left else []
            if not parts:
                break
        for place, value in enumerate(values):
            if type(value) is ReplyError:
                values[place] = UNTOLD
        reading.answered[:] = [value is not UNTOLD for value in values]
        reading.values = [None if value is UNTOLD else value for value in values]
        if reading.skipped:
            self._count_skipped(reading.skipped)
        for reason in reading.failures:
            if reason != "open":
                self._count_error("read", reason)
        return reading

    def offer(self, rows: PendingRows) -> None:
        """Hand over rows to be written in the background; too many are dropped."""
        self._writer.offer(rows)

    async def close(self) -> None:
        """Stop the background work and close the connections."""
        await self._writer.stop()
        await self.servers.close()

    async def _read_parts(
        self, parts: Sequence[_Part], keys: Sequence[bytes], until_s: float, reading: Reading
    ) -> None:
        """Ask each server for its part, all at once."""
        asked: list[Sequence[int]] = []
        reads = []
        for reader, asking, places in parts:
            if reader is None:
                _add(reading.failures, "error", len(places))
                continue
            wanted = keys if len(places) == len(keys) else [keys[place] for place in places]
            asked.append(places)
            reads.append(reader.read(wanted, until_s, asking))
        # One server, the usual case, needs no task.
        told = [await reads[0]] if len(reads) == 1 else await asyncio.gather(*reads)
        for places, answer in zip(asked, told, strict=True):
            _merge(reading, places, answer)

    def _redirected(self, values: Sequence[Any], asked: Sequence[_Part]) -> list[_Part]:
        """Group the places whose server named another one."""
        parts: dict[tuple[RedisReader, bool], list[int]] = {}
        for _, _, places in asked:
            for place in places:
                if type(values[place]) is ReplyError:
                    better = self.servers.redirect(str(values[place]))
                    if better is not None:
                        parts.setdefault(better, []).append(place)
        return [(reader, asking, places) for (reader, asking), places in parts.items()]


def _merge(reading: Reading, places: Sequence[int], answer: NodeReading) -> None:
    values: list[Any] = reading.values
    if isinstance(places, range):
        values[places.start : places.stop] = answer.values
    else:
        for place, value in zip(places, answer.values, strict=True):
            values[place] = value
    reading.skipped += answer.skipped
    if answer.failure:
        _add(reading.failures, answer.failure, answer.failed)


def _add(counts: dict[str, int], reason: str, count: int) -> None:
    counts[reason] = counts.get(reason, 0) + count
