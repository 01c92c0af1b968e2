"""Who is let into a full cache: who was turned away once already."""

import numpy as np
from numpy.typing import NDArray

_MARKS_PER_PLACE = 16
_SHIFTS = np.array([[0], [21], [42]], np.uint64)
"""A Bloom filter's three hashes: bits of the fingerprint, which is one already."""


class Doorkeeper:
    """Remembers the levels that were missed lately, in a Bloom filter of one byte per mark.

    Fewer than one in sixty levels is taken for a known one by mistake, and let in a miss too early;
    once a quarter of the marks is set all are forgotten.

    Args:
        places: of the cache; a little more levels than that are remembered at a time.
    """

    def __init__(self, places: int) -> None:
        size = 1 << max(10, (_MARKS_PER_PLACE * places - 1).bit_length())
        self._mask = np.uint64(size - 1)
        self._seen = np.zeros(size, np.bool_)
        self._most = size // 4
        self._marked = 0

    def known(self, fingerprints: NDArray[np.uint64]) -> list[bool]:
        """Tell which levels were missed before, and remember all of them; ``(n,)``."""
        marks = (fingerprints >> _SHIFTS) & self._mask  # (3, n)
        before = self._seen[marks]
        self._seen[marks] = True
        self._marked += before.size - int(np.count_nonzero(before))
        if self._marked > self._most:
            self._seen[:] = False
            self._marked = 0
        return before.all(axis=0).tolist()
