"""Rows on their way to a cache, not yet written out: that is not the request's work."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from service.tiers.row_codec import RowCodec


@dataclass(frozen=True, slots=True)
class PendingRows:
    """Rows that a cache did not have.

    Attributes:
        codec: how their release writes rows.
        fingerprints: the levels', ``(n,)`` uint64.
        rows: ``(n, width)`` float32.
        states: ``PRESENT`` or ``PRUNED``, ``(n,)``.
    """

    codec: RowCodec
    fingerprints: NDArray[np.uint64]
    rows: NDArray[np.float32]
    states: NDArray[np.uint8]

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.fingerprints)

    def take(self, places: NDArray[np.intp] | slice) -> "PendingRows":
        """Take some of the rows."""
        return PendingRows(
            self.codec, self.fingerprints[places], self.rows[places], self.states[places]
        )

    def batches(self, most: int) -> Iterator["PendingRows"]:
        """Cut them into parts of at most so many rows."""
        return (self.take(slice(start, start + most)) for start in range(0, len(self), most))

    def entries(self) -> list[tuple[bytes, bytes]]:
        """Write them as pairs of key and value."""
        values = self.codec.encode(self.fingerprints, self.rows, self.states)
        return list(zip(self.codec.keys(self.fingerprints), values, strict=True))
