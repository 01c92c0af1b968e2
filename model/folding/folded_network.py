"""The served graph of an interaction network."""

from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from model.errors import InvalidInputError
from model.folding.deep_factor import DeepFactor
from model.folding.factors import Tensor, constant, make_factor
from model.folding.in_chunks import in_chunks
from model.folding.network_weights import Mix, NetworkWeights
from model.folding.ranking import Ranking, map_rows
from model.folding.shared_product import SharedProduct
from model.folding.sides import Sides
from model.folding.split_product import SplitProduct
from model.folding.static_mix import StaticMix


class FoldedNetwork(tf.Module):
    """Embedding rows to logits by plain matrix products, as the trained network up to rounding.

        P = X_0 [projections | gates' first layers]             shared by all layers
        X_l = X_{l-1} * factor_l(P)
        logit = sum_c sum_n X_{L-1}[n, c] factor_L[n, c] + d b  output weights inside factor_L

    A deep part's first layer is one more part of the shared product, and its output joins at the
    end; where the fusion is bilinear the output weights are in it, not inside ``factor_L``.

    With ``d = 1`` the map is the embeddings in one row and nothing is transposed. With ``d > 1`` it
    is transposed once, to ``(batch * d, N)``, and the gates, which look at the embeddings in one
    row, have a product of their own.

    Args:
        weights: what ``read_network`` read, simplified or not.
        dtype: of the variables and of the arithmetic; float64 is for proofs.
        sides: each field's side, ``"context"`` or ``"candidate"``; needed for ``rank``.

    Attributes:
        gated: the layers that have a gate, by their numbers in the trained network.
    """

    def __init__(
        self, weights: NetworkWeights, dtype: str = "float32", sides: Sequence[str] | None = None
    ) -> None:
        super().__init__(name="folded")
        split = None if sides is None else Sides.of(sides)
        self._order = None
        if split is not None and split.both and not split.in_order:
            self._order = split.order.tolist()
            weights = weights.reordered(split.order)
        self.fields, self.row_width = weights.fields, weights.dim
        self.subspaces, self.width = weights.subspaces, weights.width
        mixes, deep = weights.mixes, weights.deep
        self.deep = None if deep is None else DeepFactor(deep, weights.w, dtype)
        weighted_late = deep is not None and deep.bilinear is not None
        if mixes and not weighted_late:
            mixes = (*mixes[:-1], mixes[-1].times(weights.w))
        kernels = [mix.projection for mix in mixes]
        biases = [_projection_bias(mix) for mix in mixes]
        gates = [mix.gate for mix in mixes]
        hidden_kernels = [np.zeros((1, 0)) if gate is None else gate.A for gate in gates]
        hidden_biases = [np.zeros(0) if gate is None else gate.a for gate in gates]
        if deep is not None:
            hidden_kernels.append(deep.kernels[0])
            hidden_biases.append(deep.biases[0])
        if self.width == 1:
            products = [(kernels + hidden_kernels, biases + hidden_biases)]
        else:
            products = [(kernels, biases), (hidden_kernels, hidden_biases)]
        self.products = [SharedProduct(*product, dtype) for product in products]
        self.factors = [make_factor(mix, dtype) for mix in mixes]
        self._gated = [place for place, mix in enumerate(mixes) if mix.gate is not None]
        self.gated = tuple(weights.layers[place] for place in self._gated)
        self.w = None if mixes or weighted_late else constant(weights.w[:, None], "w", dtype)
        self.bias = constant(np.asarray(weights.bias), "bias", dtype)
        self.ranking = None
        if split is not None and split.both:
            sizes = [weights.dim] if self.width == 1 else [weights.subspaces, weights.dim]
            cut = [
                SplitProduct(*product, split, size, dtype)
                for product, size in zip(products, sizes, strict=True)
            ]
            self.ranking = Ranking(
                split, cut, self.factors, self.deep, self.w, self.bias, self.subspaces, self.width
            )

    def __call__(self, embeddings: Tensor) -> Tensor:
        """Score one batch: ``(batch, fields, dim)`` to ``(batch,)``."""
        return in_chunks(self.in_one_piece, embeddings)

    def rank(self, context: Tensor, candidates: Tensor) -> Tensor:
        """Score candidates in one context, whose share of every product is computed once.

        Args:
            context: ``(1, context fields, dim)``.
            candidates: ``(batch, candidate fields, dim)``.

        Returns:
            What ``__call__`` gives for the merged rows, up to rounding, ``(batch,)``.
        """
        if self.ranking is None:
            raise InvalidInputError("sides: both must have fields to rank; received one")
        return self.ranking(context, candidates)

    def gate_outputs(self, embeddings: Tensor) -> list[Tensor]:
        """Return what each gate gives, in the order of ``gated``, ``(batch, outputs)``."""
        _, _, hidden = self._begin(embeddings)
        return [self.factors[place].gate(hidden[place]) for place in self._gated]

    def gate_bounds(self) -> list[float | None]:
        """Return between ``+-`` what each gate's outputs work; ``None`` where they have no bounds."""
        return [self.factors[place].bound for place in self._gated]

    def in_one_piece(self, embeddings: Tensor) -> Tensor:
        """Score as ``__call__`` does, without the choice between one piece and chunks.

        The choice alone, a branch in the graph, costs a quarter of the time of one row.
        """
        x0, projected, hidden = self._begin(embeddings)
        x = x0
        layers = len(self.factors)
        for factor, projection, units in zip(self.factors, projected, hidden[:layers], strict=True):
            x = x * factor(x0, projection, units, self.width)
        units = None if self.deep is None else self.deep.units(hidden[layers])
        if self.deep is not None:
            x = self.deep.weighted(x, units, self.width)
        totals = tf.reduce_sum(x, axis=1) if self.w is None else tf.matmul(x, self.w)
        if self.width > 1 or self.w is not None:
            totals = tf.reduce_sum(tf.reshape(totals, (-1, self.width)), axis=1)
        logit = totals + self.bias
        return logit if self.deep is None else self.deep.joined(logit, units)

    def _begin(self, embeddings: Tensor) -> tuple[Tensor, list[Tensor], list[Tensor]]:
        """Lay one batch out as the map ``X_0`` and take what the layers share of it."""
        if self._order is not None:
            embeddings = tf.gather(embeddings, self._order, axis=1)
        flat = tf.reshape(embeddings, (-1, self.fields * self.row_width))
        x0 = map_rows(embeddings, self.fields, self.subspaces, self.width)  # (batch * d, N)
        return x0, *self._share(flat, x0)

    def _share(self, flat: Tensor, x0: Tensor) -> tuple[list[Tensor], list[Tensor]]:
        """Give each layer its projection and its gate's hidden units, after their ReLU.

        The deep part's first units come last.
        """
        layers = len(self.factors)
        parts = self.products[0](x0)
        if self.width > 1:
            parts = parts + self.products[1](flat)
        hidden = [None if part is None else tf.nn.relu(part) for part in parts[layers:]]
        return parts[:layers], hidden


def _projection_bias(mix: Mix) -> np.ndarray:
    """A static mix is whole after its projection; the others add their scale later."""
    return mix.scale if isinstance(mix, StaticMix) else np.zeros(mix.projection.shape[1])
