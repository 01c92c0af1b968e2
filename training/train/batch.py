"""One batch, with its distinct table rows found."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class Batch:
    """What one training step takes.

    The ids of the batch, flattened, are ``distinct[places]``. ``order`` sorts the occurrences by
    their id, so that ``places[order]`` ascends: gradients are then added up in one sequential pass,
    always in the same order.

    Args:
        labels: float32 ``(B,)``.
        distinct: the table rows that occur, ascending, int32 ``(m,)``.
        places: index into ``distinct`` of each occurrence, int32 ``(B * fields,)``.
        order: occurrences by ascending id, then position, int32 ``(B * fields,)``.
        segments: ``places[order]``.
    """

    labels: npt.NDArray[np.float32]
    distinct: npt.NDArray[np.int32]
    places: npt.NDArray[np.int32]
    order: npt.NDArray[np.int32]
    segments: npt.NDArray[np.int32]

    @classmethod
    def of(cls, ids: npt.NDArray[np.int32], labels: npt.NDArray[np.float32]) -> Self:
        """Find the distinct rows of ids ``(B, fields)``.

        One sort of ``id * 2^32 + position`` gives everything; it takes a third of the time of
        ``np.unique`` with its inverse, and the same order on every machine.
        """
        keys = ids.astype(np.int64).ravel()
        keys <<= 32
        keys |= np.arange(keys.size, dtype=np.int64)
        keys.sort()
        order = keys.astype(np.int32)  # the low half
        ordered = (keys >> 32).astype(np.int32)
        first = np.empty(keys.size, np.bool_)
        first[:1] = True
        np.not_equal(ordered[1:], ordered[:-1], out=first[1:])
        segments = np.cumsum(first, dtype=np.int32)
        segments -= 1
        places = np.empty_like(segments)
        places[order] = segments
        return cls(labels, ordered[first], places, order, segments)
