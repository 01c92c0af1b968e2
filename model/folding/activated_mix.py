"""DynInt-DA's layer, folded."""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from model.folding.gate import Array, Gate, Places
from model.folding.static_mix import StaticMix


def sigmoid(x: Array) -> Array:
    """Compute the logistic function without overflow."""
    small = np.exp(-np.abs(x))
    return np.where(x >= 0, 1.0, small) / (1.0 + small)


@dataclass(frozen=True, eq=False)
class ActivatedMix:
    """``scale * ((W x) * 2 sigmoid(gate) + 1)``.

    Attributes:
        W: ``(N, N)``.
        gate: to ``N`` outputs, or to ``d N`` laid out ``(d, N)``.
        scale: ``(N,)``.
    """

    W: Array
    gate: Gate
    scale: Array

    @property
    def per_element(self) -> bool:
        """Whether the gate differs between the columns of a row."""
        return len(self.gate.c) != len(self.W)

    @property
    def projection(self) -> Array:
        """What multiplies ``X_0`` from the right, the 2 of ``2 sigmoid`` included, ``(N, N)``."""
        return (2.0 * self.scale[:, None] * self.W).T

    def simplified(self) -> Self | StaticMix | None:
        """Drop the layer if its matrix is zero; make it static if its gate is constant."""
        if not self.W.any():
            return None
        width = len(self.gate.c) // len(self.W)
        gate = self.gate.used(np.tile(self.W.any(axis=1), width)).pruned()
        if not gate.hidden and not self.per_element:
            return StaticMix((2.0 * sigmoid(gate.c))[:, None] * self.W, self.scale)
        return replace(self, gate=gate.kept_alive())

    def reordered(self, rows: Places, inputs: Places) -> Self:
        """Take the map's rows, and the inputs and outputs of gates, in another order."""
        outputs = np.arange(len(self.gate.c)).reshape(-1, len(rows))[:, rows].ravel()
        gate = self.gate.inputs(inputs).outputs(outputs)
        return replace(self, W=self.W[np.ix_(rows, rows)], gate=gate, scale=self.scale[rows])

    def times(self, weights: Array) -> Self:
        """Multiply the factor by a constant per row."""
        return replace(self, scale=self.scale * weights)
