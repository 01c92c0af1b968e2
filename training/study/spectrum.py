"""The singular values of a matrix, and how much of it the first ones hold."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt

Values = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Spectrum:
    """What stands on the diagonal of ``S`` in ``W = U S V^T``.

    Args:
        values: of a square matrix's rank at most, descending, ``(rows,)``.
    """

    values: Values

    @classmethod
    def of(cls, matrix: Any) -> Self:
        """Take those of a matrix, in float64."""
        return cls(np.linalg.svd(np.asarray(matrix, np.float64), compute_uv=False))

    @property
    def scaled(self) -> Values:
        """The values over the largest one; zeros for a zero matrix."""
        largest = self.values[0]
        return self.values / largest if largest > 0 else np.zeros_like(self.values)

    @property
    def energy(self) -> Values:
        """The share of ``||W||_F^2`` that the best matrix of rank 1, 2, ... holds.

            energy_k = sum_{i <= k} s_i^2 / sum_i s_i^2          Eckart and Young, 1936

        Ones for a zero matrix, of which nothing is missing.
        """
        squares = np.square(self.scaled)
        total = squares.sum()
        return np.cumsum(squares) / total if total > 0 else np.ones_like(squares)

    def rank_for(self, share: float) -> int:
        """Return the least rank that holds a share of the energy; 0 for a zero matrix."""
        if not self.values[0] > 0:
            return 0
        return int(np.searchsorted(self.energy, share - 1e-12)) + 1
