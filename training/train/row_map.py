"""Which row of an earlier table each row of a new one goes on from."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from model.features import Vocabulary


@dataclass(frozen=True)
class RowMap:
    """Rows of two tables that belong to the same level, or to the same field's rare levels.

    Args:
        old: rows of the earlier table, int64 ``(carried,)``.
        new: rows of the new table, int64 ``(carried,)``, ascending.
        old_rows, new_rows: of each table.
    """

    old: npt.NDArray[np.int64]
    new: npt.NDArray[np.int64]
    old_rows: int
    new_rows: int

    @classmethod
    def between(cls, old: Vocabulary, new: Vocabulary) -> Self:
        """Match levels by fingerprint, and out-of-vocabulary rows by field; both have one spec."""
        _, before, after = np.intersect1d(
            old.fingerprints, new.fingerprints, assume_unique=True, return_indices=True
        )
        own = np.arange(new.n_fields)
        rows = np.concatenate([own, old.rows[before]]), np.concatenate([own, new.rows[after]])
        order = np.argsort(rows[1])
        return cls(
            rows[0][order].astype(np.int64),
            rows[1][order].astype(np.int64),
            old.n_rows,
            new.n_rows,
        )

    def counts(self) -> dict[str, int]:
        """Count the rows: ``carried`` of one table to the other, ``new``, and ``dropped``."""
        carried = len(self.new)
        return {
            "carried": carried,
            "new": self.new_rows - carried,
            "dropped": self.old_rows - carried,
        }
