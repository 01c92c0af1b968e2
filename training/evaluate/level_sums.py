"""Clicks and predicted clicks of every level of every field."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class LevelSums:
    """Sums over the rows in which a level occurs, one entry per row of the embedding table.

    Args:
        rows: how many there are, float64 ``(table rows,)``.
        clicks: ``sum y``.
        predicted: ``sum p``.
        variance: ``sum p (1 - p)``: the variance of ``clicks`` if every ``p`` is right.
    """

    rows: Floats
    clicks: Floats
    predicted: Floats
    variance: Floats

    @classmethod
    def zero(cls, table_rows: int) -> Self:
        """Make sums over no rows."""
        return cls(*np.zeros((4, table_rows)))

    def add(self, ids: npt.NDArray[np.int32], labels: npt.NDArray[np.float32], p: Floats) -> None:
        """Add rows: ids ``(n, fields)``, labels and probabilities ``(n,)``."""
        flat = ids.ravel()
        for target, value in (
            (self.rows, np.ones(len(labels))),
            (self.clicks, labels),
            (self.predicted, p),
            (self.variance, p * (1 - p)),
        ):
            target += np.bincount(flat, np.repeat(value, ids.shape[1]), minlength=len(target))
