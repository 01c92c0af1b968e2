"""The served graph of an interaction network."""

import numpy as np
import tensorflow as tf

from model.folding.factors import Tensor, affine, constant, make_factor
from model.folding.gate import Array
from model.folding.network_weights import NetworkWeights
from model.folding.static_mix import StaticMix


class FoldedNetwork(tf.Module):
    """Embedding rows to logits by plain matrix products, as the trained network up to rounding.

        P = X_0 [projections | gates' first layers]                    one product for all layers
        X_l = X_{l-1} * factor_l(P)
        logit = sum_c sum_n X_{L-1}[n, c] factor_L[n, c] + d b         output weights inside
        factor_L

    With ``d = 1`` the map is the embeddings in one row and nothing is transposed. With ``d > 1`` it
    is transposed once, to ``(batch * d, N)``, and the gates, which look at the embeddings in one
    row, have a product of their own.

    Args:
        weights: what ``read_network`` read, simplified or not.
        dtype: of the variables and of the arithmetic; float64 is for proofs.
    """

    def __init__(self, weights: NetworkWeights, dtype: str = "float32") -> None:
        super().__init__(name="folded")
        self.fields, self.row_width = weights.fields, weights.dim
        self.subspaces, self.width = weights.subspaces, weights.width
        mixes = weights.mixes
        if mixes:
            mixes = (*mixes[:-1], mixes[-1].times(weights.w))
        self._projections = [mix.projection.shape[1] for mix in mixes]
        self._hidden = [0 if mix.gate is None else mix.gate.hidden for mix in mixes]
        gates = [mix.gate for mix in mixes if mix.gate is not None]
        V = _beside([mix.projection for mix in mixes], len(weights.w))
        v = np.concatenate(
            [np.zeros(0)]
            + [
                mix.scale if isinstance(mix, StaticMix) else np.zeros(size)
                for mix, size in zip(mixes, self._projections, strict=True)
            ]
        )
        A = _beside([gate.A for gate in gates], weights.fields * weights.dim)
        a = np.concatenate([np.zeros(0)] + [gate.a for gate in gates])
        stacks = [(V, v), (A, a)]
        if self.width == 1:
            stacks = [(_beside([V, A], len(V)), np.concatenate([v, a]))]
        self._stacks = [
            (constant(kernel, "stack", dtype), constant(bias, "stack_bias", dtype))
            if kernel.shape[1]
            else None
            for kernel, bias in stacks
        ]
        self._factors = [make_factor(mix, dtype) for mix in mixes]
        self._w = None if mixes else constant(weights.w[:, None], "w", dtype)
        self._bias = constant(np.asarray(weights.bias), "bias", dtype)

    def __call__(self, embeddings: Tensor) -> Tensor:
        """Score one batch: ``(batch, fields, dim)`` to ``(batch,)``."""
        flat = tf.reshape(embeddings, (-1, self.fields * self.row_width))
        x0 = flat if self.width == 1 else self._rows(embeddings)  # (batch * d, N)
        projected, hidden = self._products(flat, x0)
        x = x0
        for factor, projection, units in zip(self._factors, projected, hidden, strict=True):
            x = x * factor(x0, projection, units, self.width)
        totals = tf.reduce_sum(x, axis=1) if self._w is None else tf.matmul(x, self._w)
        if self.width > 1 or self._w is not None:
            totals = tf.reduce_sum(tf.reshape(totals, (-1, self.width)), axis=1)
        return totals + self._bias

    def _rows(self, embeddings: Tensor) -> Tensor:
        """Make columns the outer axis: ``(batch, F, h d)`` to ``(batch * d, F h)``."""
        cut = tf.reshape(embeddings, (-1, self.fields, self.subspaces, self.width))
        rows = self.fields * self.subspaces
        return tf.reshape(tf.transpose(cut, (0, 3, 1, 2)), (-1, rows))

    def _products(self, flat: Tensor, x0: Tensor) -> tuple[list[Tensor], list[Tensor]]:
        """Do the shared product and give each layer its part; the hidden units after their ReLU."""
        layers = len(self._factors)
        if self.width == 1:
            parts = self._product(0, flat, self._projections + self._hidden)
        else:
            parts = self._product(0, x0, self._projections) + self._product(1, flat, self._hidden)
        hidden = [None if part is None else tf.nn.relu(part) for part in parts[layers:]]
        return parts[:layers], hidden

    def _product(self, stack: int, x: Tensor, sizes: list[int]) -> list[Tensor]:
        weights = self._stacks[stack]
        if weights is None:
            return [None] * len(sizes)
        wanted = [size for size in sizes if size]
        parts = iter(tf.split(affine(x, *weights), wanted, axis=1))
        return [next(parts) if size else None for size in sizes]


def _beside(kernels: list[Array], rows: int) -> Array:
    return np.hstack([np.zeros((rows, 0)), *kernels])
