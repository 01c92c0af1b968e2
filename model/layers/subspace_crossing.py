"""Subspace crossing: embeddings cut into sub-spaces that become rows of their own."""

from typing import Any

import keras
from keras import ops

from model.errors import InvalidInputError


class SubspaceCrossing(keras.layers.Layer):
    """Cut the embedding axis in ``h`` parts and stack them as rows.

        crossed[s F + f, c] = X_0[f, s d + c],  d = D / h        DynInt (DLP-KDD 2022), figure 2b

    ``h = 1`` leaves the map as it is (vector-wise interactions), ``h = D`` makes each element a row
    (bit-wise).

    Args:
        subspaces: ``h``; divides D.
        rows_last: return ``(batch, D / h, h F)``, the layout in which a mix of rows is one plain
            product.

    Call arguments:
        embeddings: ``X_0``, ``(batch, fields, D)``.

    Returns:
        The crossed map, ``(batch, h F, D / h)``.

    Raises:
        InvalidInputError: if ``subspaces`` is not positive or does not divide D.
    """

    def __init__(self, subspaces: int, *, rows_last: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if subspaces < 1:
            raise InvalidInputError(f"subspaces: must be at least 1; received {subspaces}")
        self.subspaces = subspaces
        self.rows_last = rows_last

    def call(self, embeddings: Any) -> Any:
        """Cross one batch."""
        _, fields, dim = embeddings.shape
        h = self.subspaces
        if dim % h:
            raise InvalidInputError(
                f"subspaces: must divide the embedding size {dim}; received {h}"
            )
        cut = ops.reshape(embeddings, (-1, fields, h, dim // h))  # (batch, F, h, d)
        if self.rows_last:
            return ops.reshape(ops.transpose(cut, (0, 3, 2, 1)), (-1, dim // h, h * fields))
        return ops.reshape(ops.transpose(cut, (0, 2, 1, 3)), (-1, h * fields, dim // h))

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return super().get_config() | {"subspaces": self.subspaces, "rows_last": self.rows_last}
