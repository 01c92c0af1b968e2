"""The served graph of an interaction network."""

import numpy as np
import tensorflow as tf

from model.folding.factors import Tensor, constant, make_factor
from model.folding.in_chunks import in_chunks
from model.folding.network_weights import Mix, NetworkWeights
from model.folding.shared_product import SharedProduct
from model.folding.static_mix import StaticMix


class FoldedNetwork(tf.Module):
    """Embedding rows to logits by plain matrix products, as the trained network up to rounding.

        P = X_0 [projections | gates' first layers]             shared by all layers
        X_l = X_{l-1} * factor_l(P)
        logit = sum_c sum_n X_{L-1}[n, c] factor_L[n, c] + d b  output weights inside factor_L

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
        kernels = [mix.projection for mix in mixes]
        biases = [_projection_bias(mix) for mix in mixes]
        gates = [mix.gate for mix in mixes]
        hidden_kernels = [np.zeros((1, 0)) if gate is None else gate.A for gate in gates]
        hidden_biases = [np.zeros(0) if gate is None else gate.a for gate in gates]
        if self.width == 1:
            products = [(kernels + hidden_kernels, biases + hidden_biases)]
        else:
            products = [(kernels, biases), (hidden_kernels, hidden_biases)]
        self.products = [SharedProduct(*product, dtype) for product in products]
        self.factors = [make_factor(mix, dtype) for mix in mixes]
        self.w = None if mixes else constant(weights.w[:, None], "w", dtype)
        self.bias = constant(np.asarray(weights.bias), "bias", dtype)

    def __call__(self, embeddings: Tensor) -> Tensor:
        """Score one batch: ``(batch, fields, dim)`` to ``(batch,)``."""
        return in_chunks(self._logits, embeddings)

    def _logits(self, embeddings: Tensor) -> Tensor:
        flat = tf.reshape(embeddings, (-1, self.fields * self.row_width))
        x0 = flat if self.width == 1 else self._rows(embeddings)  # (batch * d, N)
        projected, hidden = self._share(flat, x0)
        x = x0
        for factor, projection, units in zip(self.factors, projected, hidden, strict=True):
            x = x * factor(x0, projection, units, self.width)
        totals = tf.reduce_sum(x, axis=1) if self.w is None else tf.matmul(x, self.w)
        if self.width > 1 or self.w is not None:
            totals = tf.reduce_sum(tf.reshape(totals, (-1, self.width)), axis=1)
        return totals + self.bias

    def _rows(self, embeddings: Tensor) -> Tensor:
        """Make columns the outer axis: ``(batch, F, h d)`` to ``(batch * d, F h)``."""
        cut = tf.reshape(embeddings, (-1, self.fields, self.subspaces, self.width))
        rows = self.fields * self.subspaces
        return tf.reshape(tf.transpose(cut, (0, 3, 1, 2)), (-1, rows))

    def _share(self, flat: Tensor, x0: Tensor) -> tuple[list[Tensor], list[Tensor]]:
        """Give each layer its projection and its gate's hidden units, after their ReLU."""
        layers = len(self.factors)
        parts = self.products[0](x0)
        if self.width > 1:
            parts = parts + self.products[1](flat)
        hidden = [None if part is None else tf.nn.relu(part) for part in parts[layers:]]
        return parts[:layers], hidden


def _projection_bias(mix: Mix) -> np.ndarray:
    """A static mix is whole after its projection; the others add their scale later."""
    return mix.scale if isinstance(mix, StaticMix) else np.zeros(mix.projection.shape[1])
