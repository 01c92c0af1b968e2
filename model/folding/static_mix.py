"""PIN's layer, folded."""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from model.folding.gate import Array, Gate, Places


@dataclass(frozen=True, eq=False)
class StaticMix:
    """``scale * (W x + 1)``: a layer whose matrix is the same for every instance.

    Attributes:
        W: ``(N, N)``.
        scale: ``(N,)``, what the whole factor is multiplied by: ones, or the output weights in the
            last layer.
    """

    W: Array
    scale: Array

    @property
    def gate(self) -> Gate | None:
        """It has none."""
        return None

    @property
    def projection(self) -> Array:
        """What multiplies ``X_0`` from the right, ``(N, N)``."""
        return (self.scale[:, None] * self.W).T

    def simplified(self) -> Self | None:
        """Drop the layer if its matrix is zero."""
        return self if self.W.any() else None

    def reordered(self, rows: Places, inputs: Places) -> Self:
        """Take the map's rows, and the inputs of gates, in another order."""
        return replace(self, W=self.W[np.ix_(rows, rows)], scale=self.scale[rows])

    def times(self, weights: Array) -> Self:
        """Multiply the factor by a constant per row."""
        return replace(self, scale=self.scale * weights)
