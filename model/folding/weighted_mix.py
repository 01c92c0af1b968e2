"""DynInt-DWP's layer, folded."""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from model.folding.gate import Array, Gate, Places
from model.folding.static_mix import StaticMix


@dataclass(frozen=True, eq=False)
class WeightedMix:
    """``scale * (sum_p u_p * (W (v_p * x)) + 1)``.

    Attributes:
        W: ``(N, N)``.
        gate: to ``2 K N`` outputs laid out ``(2, K, N)``, ``u`` first, the layer's offset included.
        scale: ``(N,)``.
    """

    W: Array
    gate: Gate
    scale: Array

    @property
    def rank(self) -> int:
        """``K``."""
        return len(self.gate.c) // (2 * len(self.W))

    @property
    def projection(self) -> Array:
        """Nothing: ``X_0`` is scaled before ``W``, so no product of it is shared, ``(N, 0)``."""
        return np.zeros((len(self.W), 0))

    def simplified(self) -> Self | StaticMix | None:
        """Drop zero pairs ``u_p, v_p``; without any the layer; make it static if nothing varies."""
        N = len(self.W)
        relevant = np.stack([self.W.any(axis=1), self.W.any(axis=0)])  # (2, N): of u, of v
        used = np.broadcast_to(relevant[:, None], (2, self.rank, N)).ravel()
        gate = self.gate.used(used).pruned()
        alive = (gate.C.any(axis=0) | (gate.c != 0)).reshape(2, self.rank, N)
        pairs = np.flatnonzero(alive.any(axis=2).all(axis=0))
        if not len(pairs):
            return None
        places = np.arange(2 * self.rank * N).reshape(2, self.rank, N)[:, pairs].ravel()
        gate = gate.outputs(places).pruned()
        if not gate.hidden:
            u, v = gate.c.reshape(2, len(pairs), N)
            return StaticMix(self.W * (u.T @ v), self.scale).simplified()
        return replace(self, gate=gate)

    def reordered(self, rows: Places, inputs: Places) -> Self:
        """Take the map's rows, and the inputs and outputs of gates, in another order."""
        outputs = np.arange(len(self.gate.c)).reshape(-1, len(rows))[:, rows].ravel()
        gate = self.gate.inputs(inputs).outputs(outputs)
        return replace(self, W=self.W[np.ix_(rows, rows)], gate=gate, scale=self.scale[rows])

    def times(self, weights: Array) -> Self:
        """Multiply the factor by a constant per row."""
        return replace(self, scale=self.scale * weights)
