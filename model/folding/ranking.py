"""Many candidates in one context: the context's share of every product is computed once."""

from collections.abc import Sequence

import tensorflow as tf

from model.folding.deep_factor import DeepFactor
from model.folding.factors import Tensor, WeightedFactor
from model.folding.sides import Sides
from model.folding.split_product import SplitProduct


class Ranking(tf.Module):
    """``A^T x = A_ctx^T x_ctx + A_cand^T x_cand`` in each product that takes ``X_0``; exact.

    Requests are not cut into chunks as big batches are: the choice alone costs a tenth of the time
    of a hundred candidates, and at a thousand there is nothing to gain.

    The map itself is never put together, unless a layer (DWP) scales it before its product: the
    factors of all layers are multiplied with each other, and ``X_0`` comes in last, once.

    Args:
        sides: which fields are the context's; the weights are in their order.
        products: of the map, and with ``d > 1`` a second one of the embeddings in one row.
        factors: the layers'.
        deep: the deep part, if there is one.
        w: output weights ``(N, 1)`` where no layer is left to hold them, else ``None``.
        bias: of the logit.
        subspaces: ``h``.
        width: ``d``.
    """

    def __init__(
        self,
        sides: Sides,
        products: Sequence[SplitProduct],
        factors: Sequence[tf.Module],
        deep: DeepFactor | None,
        w: tf.Variable | None,
        bias: tf.Variable,
        subspaces: int,
        width: int,
    ) -> None:
        super().__init__(name="ranking")
        self._context_first = sides.context_first
        self._fields = (sides.context, len(sides.order) - sides.context)
        self._subspaces, self._width = subspaces, width
        self._needs_map = any(isinstance(factor, WeightedFactor) for factor in factors)
        self.products, self.factors = list(products), list(factors)
        self.deep, self.w, self.bias = deep, w, bias

    def __call__(self, context: Tensor, candidates: Tensor) -> Tensor:
        """Score one request: ``(1, fields, dim)``, ``(batch, fields, dim)`` to ``(batch,)``."""
        contexts, others = self._fields
        flat, x = self._flat(context, contexts), self._rows(context, contexts)
        inputs = [x] if self._width == 1 else [x, flat]
        shares = [product.share(part) for product, part in zip(self.products, inputs, strict=True)]
        return self._logits(x, shares, candidates, others)

    def _logits(self, context: Tensor, shares: list[Tensor], rows: Tensor, fields: int) -> Tensor:
        flat, x = self._flat(rows, fields), self._rows(rows, fields)
        inputs = [x] if self._width == 1 else [x, flat]
        parts = [
            part
            for product, of, share in zip(self.products, inputs, shares, strict=True)
            for part in product(of, share)
        ]
        layers = len(self.factors)
        hidden = [None if part is None else tf.nn.relu(part) for part in parts[layers:]]
        whole = self._map(context, x) if self._needs_map else None
        product = tf.transpose(self.w) if self.w is not None else None  # (1, N)
        if product is not None and self._width > 1:
            product = tf.repeat(product, tf.shape(x)[0], axis=0)  # (batch d, N)
        units = None if self.deep is None else self.deep.units(hidden[layers])
        for factor, projection, own in zip(
            self.factors, parts[:layers], hidden[:layers], strict=True
        ):
            value = factor(whole, projection, own, self._width)
            product = value if product is None else product * value
        if self.deep is not None:
            product = self.deep.weighted(product, units, self._width)
        logit = self._combined(context, x, product) + self.bias
        return logit if self.deep is None else self.deep.joined(logit, units)

    def _combined(self, context: Tensor, x: Tensor, product: Tensor) -> Tensor:
        """Multiply the factors' product by ``X_0`` and add up, in both parts apart."""
        sizes = [self._subspaces * fields for fields in self._fields]
        if self._width == 1:
            # The whole product times the context with zeros beside it: cutting it would copy it.
            parts = [tf.reshape(context, (-1,)), tf.zeros(sizes[1], context.dtype)]
            vector = tf.concat(parts if self._context_first else parts[::-1], axis=0)
            own = product[:, sizes[0] :] if self._context_first else product[:, : sizes[1]]
            return tf.linalg.matvec(product, vector) + tf.reduce_sum(own * x, axis=1)
        if self._context_first:
            of_context, own = tf.split(product, sizes, axis=1)
        else:
            own, of_context = tf.split(product, sizes[::-1], axis=1)
        totals = tf.reduce_sum(own * x, axis=1)
        # (batch d, n) by (d, n), column by column
        columns = tf.reshape(of_context, (-1, self._width, sizes[0])) * context
        totals = tf.reshape(totals, (-1, self._width))
        return tf.reduce_sum(totals + tf.reduce_sum(columns, axis=2), axis=1)

    def _map(self, context: Tensor, x: Tensor) -> Tensor:
        """Put ``X_0`` together, ``(batch d, N)``."""
        times = tf.shape(x)[0] // self._width
        parts = [tf.tile(context, [times, 1]), x]
        return tf.concat(parts if self._context_first else parts[::-1], axis=1)

    def _flat(self, embeddings: Tensor, fields: int) -> Tensor:
        return tf.reshape(embeddings, (-1, fields * self._subspaces * self._width))

    def _rows(self, embeddings: Tensor, fields: int) -> Tensor:
        return map_rows(embeddings, fields, self._subspaces, self._width)


def map_rows(embeddings: Tensor, fields: int, subspaces: int, width: int) -> Tensor:
    """Lay embeddings out as a map's rows, columns outer: ``(batch, F, h d)`` to ``(batch d, F h)``."""
    rows = fields * subspaces
    if width == 1:
        return tf.reshape(embeddings, (-1, rows))
    cut = tf.reshape(embeddings, (-1, fields, subspaces, width))
    return tf.reshape(tf.transpose(cut, (0, 3, 1, 2)), (-1, rows))
