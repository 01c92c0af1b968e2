"""DynInt-DGP's layer, folded."""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from model.folding.gate import Array, Gate, Places


@dataclass(frozen=True, eq=False)
class GeneratedMix:
    """``scale * (U (gate * (V^T x)) + 1)``.

    Attributes:
        U, V: ``(N, K)``.
        gate: to ``K`` outputs; ``None`` if they are all one.
        scale: ``(N,)``.
    """

    U: Array
    V: Array
    gate: Gate | None
    scale: Array

    @property
    def projection(self) -> Array:
        """What multiplies ``X_0`` from the right: ``V``, ``(N, K)``."""
        return self.V

    def simplified(self) -> Self | None:
        """Drop columns that are zero in ``U``, ``V`` or the gate; the layer if none is left.

        A gate that became constant is multiplied into ``U``.
        """
        gate = self.gate
        alive = np.logical_and(self.U.any(axis=0), self.V.any(axis=0))
        if gate is not None:
            gate = gate.used(alive).pruned()
            alive &= gate.C.any(axis=0) | (gate.c != 0)
        if not alive.any():
            return None
        U = self.U[:, alive]
        if gate is not None:
            gate = gate.outputs(np.flatnonzero(alive))
            if not gate.hidden:
                U, gate = U * gate.c, None
        return replace(self, U=U, V=self.V[:, alive], gate=gate)

    def reordered(self, rows: Places, inputs: Places) -> Self:
        """Take the map's rows, and the inputs of gates, in another order."""
        gate = None if self.gate is None else self.gate.inputs(inputs)
        return replace(self, U=self.U[rows], V=self.V[rows], gate=gate, scale=self.scale[rows])

    def times(self, weights: Array) -> Self:
        """Multiply the factor by a constant per row."""
        return replace(self, scale=self.scale * weights)
