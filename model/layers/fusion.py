"""Where the deep part joins the interactions."""

from typing import Any

import keras
from keras import ops

from model.errors import InvalidInputError
from model.layers.rows import field_by_field

FUSIONS = ("sum", "gate", "bilinear")
"""The ways to join them."""


class Fusion(keras.layers.Layer):
    """Join the interactions' logit ``p`` and the deep part's last units ``t``.

        sum:       logit = p + v . t
        gate:      logit = g p + (1 - g) v . t,   g = sigmoid(u . t + c)
        bilinear:  logit = p + v . t + t M s,     s = sum_c X_L[:, c]

    The paper names joint architectures as future work (section 5). The bilinear form is that of
    FinalMLP (Mao et al., AAAI 2023, eq. 9), with one head: the deep part has a say in the weight of
    each row of the last feature map, ``w + M^T t`` in place of ``w``.

    Args:
        kind: one of ``FUSIONS``.
        kernel_initializer: of ``v``, ``u`` and ``M``, ``(units, rows)``.
        rows_last, fields: as ``OutputLayer``.

    Call arguments:
        logit: ``p``, ``(batch,)``.
        units: ``t``, ``(batch, units)``.
        x: feature map ``X_L``, ``(batch, rows, width)``.

    Returns:
        Logits, ``(batch,)``.

    Raises:
        InvalidInputError: for another ``kind``.
    """

    def __init__(
        self,
        kind: str,
        *,
        kernel_initializer: Any = "glorot_uniform",
        rows_last: bool = False,
        fields: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if kind not in FUSIONS:
            raise InvalidInputError(f"kind: must be one of {FUSIONS}; received {kind!r}")
        self.kind = kind
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        self.rows_last = rows_last
        self.fields = fields

    def build(self, units: int, x_shape: Any) -> None:
        """Create ``v`` and what the kind needs."""

        def kernel(name: str, columns: int) -> Any:
            return self.add_weight(
                shape=(units, columns), initializer=self.kernel_initializer, name=name
            )

        self.head = kernel("head", 1)
        if self.kind == "gate":
            self.gate_kernel = kernel("gate_kernel", 1)
            self.gate_bias = self.add_weight(shape=(), initializer="zeros", name="gate_bias")
        if self.kind == "bilinear":
            self.bilinear = kernel("bilinear", x_shape[2] if self.rows_last else x_shape[1])
        self.built = True

    def call(self, logit: Any, units: Any, x: Any) -> Any:
        """Join one batch."""
        deep = ops.reshape(ops.matmul(units, self.head), (-1,))
        if self.kind == "gate":
            opened = ops.reshape(ops.matmul(units, self.gate_kernel), (-1,)) + self.gate_bias
            return deep + ops.sigmoid(opened) * (logit - deep)
        if self.kind == "bilinear":
            M = (
                self.bilinear
                if self.fields is None
                else field_by_field(self.bilinear, self.fields, 1)
            )
            totals = ops.sum(x, axis=1 if self.rows_last else 2)  # (batch, rows)
            logit = logit + ops.sum(ops.matmul(units, M) * totals, axis=1)
        return logit + deep

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return super().get_config() | {
            "kind": self.kind,
            "kernel_initializer": keras.initializers.serialize(self.kernel_initializer),
            "rows_last": self.rows_last,
            "fields": self.fields,
        }
