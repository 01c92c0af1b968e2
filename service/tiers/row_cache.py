"""The port of the second tier, and its fake."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from service.tiers.pending_rows import PendingRows
from service.tiers.reading import Reading
from service.tiers.row_codec import RowCodec


class RowCache(Protocol):
    """Keeps rows outside of the process. Losing it loses nothing."""

    async def read(self, codec: RowCodec, fingerprints: NDArray[np.uint64]) -> Reading:
        """Read the values of levels within a budget; never raises because of the cache.

        Args:
            codec: how the release names rows.
            fingerprints: the levels', each once, ``(n,)``.
        """
        ...

    def offer(self, rows: PendingRows) -> None:
        """Hand over rows to be written some time, or never; returns at once."""
        ...


class InMemoryRowCache:
    """The fake: a dict. What is offered is written at once.

    Attributes:
        values: key to value; tests put damaged ones in.
        down: reason of the next reads' failure, or ``None``.
        most: levels that a read gets to, as if the budget ended then; ``None`` for all.
        asked: keys of each read.
    """

    def __init__(self) -> None:
        self.values: dict[bytes, bytes] = {}
        self.down: str | None = None
        self.most: int | None = None
        self.asked: list[list[bytes]] = []

    async def read(self, codec: RowCodec, fingerprints: NDArray[np.uint64]) -> Reading:
        """Read from the dict."""
        count = len(fingerprints)
        if self.down is not None:
            return Reading([None] * count, np.zeros(count, np.bool_), {self.down: count})
        keys = codec.keys(fingerprints[: self.most])
        self.asked.append(keys)
        values = [self.values.get(key) for key in keys]
        values += [None] * (count - len(keys))
        return Reading(values, np.arange(count) < len(keys), skipped=count - len(keys))

    def offer(self, rows: PendingRows) -> None:
        """Write to the dict."""
        self.values.update(rows.entries())
