"""The product layer of PNN."""

from typing import Any

import keras
from keras import ops

from model.errors import InvalidInputError

PRODUCTS = ("inner", "outer", "both")
"""Which products of the embeddings there are."""


class ProductLayer(keras.layers.Layer):
    """Lay the embeddings' products beside the embeddings.

        z = (f_1, ..., f_N);  p = {p_ij}                    Qu et al. (ICDM 2016)
        inner:  p_ij = <f_i, f_j>
        outer:  p = f_S f_S^T,  f_S = sum_i f_i             superposition of all f_i f_j^T

    The paper weighs them by ``W_z`` and symmetric ``W_p``, adds up and applies a ReLU: a dense
    layer over what this one returns. Of a symmetric matrix the upper triangle with the diagonal is
    returned, which is all that a symmetric ``W_p`` sees: its weight off the diagonal counts twice.
    The inner products are taken as they are, without the paper's factors of rank 1 for ``W_p``.

    Args:
        products: ``"inner"``, ``"outer"``, or ``"both"``, inner first (the paper's PNN*).

    Call arguments:
        embeddings: ``f``, ``(batch, N, M)``.

    Returns:
        ``(batch, N M + N (N + 1) / 2)`` with inner products, ``(batch, N M + M (M + 1) / 2)`` with
        the outer one.

    Raises:
        InvalidInputError: for unknown ``products``.
    """

    def __init__(self, products: str = "both", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if products not in PRODUCTS:
            raise InvalidInputError(f"products: must be one of {PRODUCTS}; received {products!r}")
        self.products = products

    def call(self, embeddings: Any) -> Any:
        """Multiply one batch."""
        f = embeddings
        signals = [ops.reshape(f, (-1, f.shape[1] * f.shape[2]))]
        if self.products != "outer":
            signals.append(_upper_triangle(ops.matmul(f, ops.transpose(f, (0, 2, 1)))))
        if self.products != "inner":
            f_S = ops.sum(f, axis=1)  # (batch, M)
            signals.append(_upper_triangle(ops.expand_dims(f_S, 2) * ops.expand_dims(f_S, 1)))
        return ops.concatenate(signals, axis=1)

    def compute_output_shape(self, embeddings_shape: Any) -> tuple[int | None, int]:
        """Return ``(batch, signals)``."""
        batch, N, M = embeddings_shape
        inner = N * (N + 1) // 2 if self.products != "outer" else 0
        outer = M * (M + 1) // 2 if self.products != "inner" else 0
        return batch, N * M + inner + outer

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return super().get_config() | {"products": self.products}


def _upper_triangle(matrices: Any) -> Any:
    """Return ``(batch, n (n + 1) / 2)`` elements of ``(batch, n, n)``, row by row.

    They are cut out and put together, forward and backward one operation each; the gradient of a
    gather would be added up element by element.
    """
    n = matrices.shape[-1]
    # Row i of the flat matrix: i elements below the diagonal, then n - i that are kept.
    ends = [row * n + part for row in range(n) for part in (row, n)]
    pieces = ops.split(ops.reshape(matrices, (-1, n * n)), ends[:-1], axis=1)
    return ops.concatenate(pieces[1::2], axis=1)
