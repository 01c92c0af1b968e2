"""The output layer: from a feature map to a logit."""

from typing import Any

import keras
from keras import ops

from model.layers.rows import field_by_field


class OutputLayer(keras.layers.Layer):
    """Combine the rows of a feature map linearly and add up its columns.

        logit = sum_c (sum_n w_n X_L[n, c] + b)    DynInt (DLP-KDD 2022), eq. 2, before the sigmoid

    The bias counts once per column, as in the paper.

    Args:
        kernel_initializer: of ``w``, ``(rows,)``.
        rows_last: whether the map comes as ``(batch, width, rows)``.
        fields: if given, the map's rows come field by field, as ``RowMixer`` has it.

    Call arguments:
        x: feature map ``X_L``, ``(batch, rows, width)``.

    Returns:
        Logits, ``(batch,)``.
    """

    def __init__(
        self,
        *,
        kernel_initializer: Any = "glorot_uniform",
        rows_last: bool = False,
        fields: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        self.rows_last = rows_last
        self.fields = fields

    def build(self, x_shape: Any) -> None:
        """Create ``w`` and ``b``."""
        rows = x_shape[2] if self.rows_last else x_shape[1]
        self.kernel = self.add_weight(shape=(rows,), initializer=self._column, name="kernel")
        self.bias = self.add_weight(shape=(), initializer="zeros", name="bias")
        self.built = True

    def call(self, x: Any) -> Any:
        """Give one batch its logits."""
        width = x.shape[1] if self.rows_last else x.shape[2]
        kernel = self.kernel
        if self.fields is not None:
            kernel = field_by_field(kernel, self.fields, 0)
        if width > 1:
            x = ops.sum(x, axis=1 if self.rows_last else 2)
        totals = ops.reshape(x, (-1, kernel.shape[0]))  # (batch, rows)
        weighted = ops.matmul(totals, ops.expand_dims(kernel, 1))
        return ops.reshape(weighted, (-1,)) + width * self.bias

    def _column(self, shape: tuple[int], dtype: Any = None) -> Any:
        # Glorot's bound is that of the dense layer's (rows, 1), not of a vector.
        return ops.reshape(self.kernel_initializer((*shape, 1), dtype), shape)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return super().get_config() | {
            "kernel_initializer": keras.initializers.serialize(self.kernel_initializer),
            "rows_last": self.rows_last,
            "fields": self.fields,
        }
