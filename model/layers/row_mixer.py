"""What the four interaction layers share: the residual product and the two memory layouts."""

from typing import Any

import keras

from model.errors import InvalidInputError
from model.layers.first_products import FirstProducts
from model.layers.rows import field_by_field, swap_rows

NOTHING = FirstProducts()


class RowMixer(keras.layers.Layer):
    """Multiply the current feature map by a mix of the input rows, with a residual connection.

        X_l = X_{l-1} * factor(X_0),  factor = mix + 1    DynInt (DLP-KDD 2022), form of eq. 3 to 6

    A subclass gives ``factor``, on maps stored with their rows last: there a mix of rows is one
    plain matrix product and nothing is transposed.

    Args:
        rows_last: whether the maps come and go as ``(batch, width, rows)``.
        fields: if given, the maps' rows come field by field, ``f h + s``, and the weights, which
            are stored by sub-space all the same, are reordered where they are used.

    Call arguments:
        x: feature map ``X_{l-1}``, ``(batch, rows, width)``.
        x0: crossed embedding map ``X_0``, of the same shape.
        embeddings: what a gate looks at: ``X_0`` before crossing, ``(batch, fields, D)``; a layer
            without a gate needs none.
        first: what was computed for all layers at once (``first_products``); rows last only.
        training: whether to add the layer's penalties, if it has any.

    Returns:
        ``X_l``, of the same shape as ``x``.

    Raises:
        InvalidInputError: if ``x`` and ``x0`` differ in rows or width.
    """

    def __init__(
        self, *, rows_last: bool = False, fields: int | None = None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.rows_last = rows_last
        self.fields = fields

    def build(self, x_shape: Any, x0_shape: Any, embeddings_shape: Any = None) -> None:
        """Create the weights for maps of this shape."""
        width, rows = x0_shape[1:] if self.rows_last else x0_shape[:0:-1]
        self.build_factor(rows, width, embeddings_shape)
        self.built = True

    def call(
        self,
        x: Any,
        x0: Any,
        embeddings: Any = None,
        first: FirstProducts = NOTHING,
        training: bool = False,
    ) -> Any:
        """Interact one batch."""
        if x.shape[1:] != x0.shape[1:]:
            raise InvalidInputError(
                f"x and x0: must have the same shape; received {x.shape[1:]} and {x0.shape[1:]}"
            )
        if self.rows_last:
            return x * self.factor(x0, embeddings, first, training)
        return x * swap_rows(self.factor(swap_rows(x0), embeddings, NOTHING, training))

    def in_order(self, weights: Any, axis: int) -> Any:
        """Return weights with their rows, along ``axis``, in the order of the maps."""
        if self.fields is None:
            return weights
        return field_by_field(weights, self.fields, axis)

    def build_factor(self, rows: int, width: int, embeddings_shape: Any) -> None:
        """Create the weights for maps of ``rows`` rows and ``width`` columns."""
        raise NotImplementedError

    def factor(self, x0: Any, embeddings: Any, first: FirstProducts, training: bool) -> Any:
        """Return what ``X_{l-1}`` is multiplied by: ``(batch, width, rows)``, like ``x0``."""
        raise NotImplementedError

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return super().get_config() | {"rows_last": self.rows_last, "fields": self.fields}
