"""Rows as a cache gave them, after the checks."""

from dataclasses import dataclass, field
from typing import Self

import numpy as np
from numpy.typing import NDArray


@dataclass(slots=True)
class DecodedRows:
    """Which values of a cache are the rows that were asked for.

    Attributes:
        rows: zeros where there is none, ``(n, width)`` float32.
        states: ``PRESENT`` or ``PRUNED`` where there is one, ``(n,)`` uint8.
        valid: where there is one, ``(n,)``.
        rejected: per reason (``truncated``, ``header``, ``width``, ``checksum``), how many values
            were there and must not be used.
    """

    rows: NDArray[np.float32]
    states: NDArray[np.uint8]
    valid: NDArray[np.bool_]
    rejected: dict[str, int] = field(default_factory=dict)

    @classmethod
    def nothing(cls, count: int, width: int) -> Self:
        """Begin with no row at all."""
        return cls(
            np.zeros((count, width), np.float32),
            np.zeros(count, np.uint8),
            np.zeros(count, np.bool_),
        )

    def reject(self, reason: str, which: NDArray[np.bool_]) -> None:
        """Count values that must not be used."""
        count = int(np.count_nonzero(which))
        if count:
            self.rejected[reason] = self.rejected.get(reason, 0) + count
