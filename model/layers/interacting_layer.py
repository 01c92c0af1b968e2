"""The interacting layer of AutoInt."""

from typing import Any

import keras
from keras import ops

from model.errors import InvalidInputError
from model.layers.initializers import one_each


class InteractingLayer(keras.layers.Layer):
    """Let each field attend to all fields, in several heads (Song et al., CIKM 2019).

        a^h_{m,k} = softmax_k <Q^h e_m, K^h e_k>
        e'_m = relu([sum_k a^h_{m,k} V^h e_k of each head h] + R e_m)

    As in the paper the inner products are not scaled and nothing has a bias.

    Args:
        units: size of a head's queries, keys and values.
        heads: number of heads.
        kernel_initializer: of ``Q``, ``K``, ``V`` and ``R``, each ``(D, heads units)`` with the
            heads one after the other.

    Call arguments:
        x: ``e``, ``(batch, fields, D)``.

    Returns:
        ``e'``, ``(batch, fields, heads units)``.

    Raises:
        InvalidInputError: if ``units`` or ``heads`` is not positive.
    """

    def __init__(
        self,
        units: int,
        heads: int,
        *,
        kernel_initializer: Any = "glorot_uniform",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if units < 1:
            raise InvalidInputError(f"units: must be at least 1; received {units}")
        if heads < 1:
            raise InvalidInputError(f"heads: must be at least 1; received {heads}")
        self.units = units
        self.heads = heads
        self.kernel_initializer = keras.initializers.get(kernel_initializer)

    @property
    def width(self) -> int:
        """Size of a field's vector after the layer."""
        return self.heads * self.units

    def build(self, x_shape: tuple[int | None, int, int]) -> None:
        """Create ``Q``, ``K``, ``V`` and ``R``."""
        self.query, self.key, self.value, self.residual = (
            self.add_weight(shape=(x_shape[2], self.width), initializer=initializer, name=name)
            for name, initializer in zip(
                ("query", "key", "value", "residual"),
                one_each(self.kernel_initializer, 4),
                strict=True,
            )
        )
        self.built = True

    def call(self, x: Any) -> Any:
        """Transform one batch."""
        fields, dim = x.shape[1], x.shape[2]
        rows = ops.reshape(x, (-1, dim))

        def by_head(kernel: Any) -> Any:
            projected = ops.reshape(ops.matmul(rows, kernel), (-1, fields, self.heads, self.units))
            return ops.transpose(projected, (0, 2, 1, 3))  # (batch, heads, F, units)

        keys = ops.transpose(by_head(self.key), (0, 1, 3, 2))
        attention = ops.softmax(ops.matmul(by_head(self.query), keys))  # (batch, heads, F, F)
        mixed = ops.transpose(ops.matmul(attention, by_head(self.value)), (0, 2, 1, 3))
        residual = ops.matmul(rows, self.residual)
        whole = ops.relu(ops.reshape(mixed, (-1, self.width)) + residual)
        return ops.reshape(whole, (-1, fields, self.width))

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return super().get_config() | {
            "units": self.units,
            "heads": self.heads,
            "kernel_initializer": keras.initializers.serialize(self.kernel_initializer),
        }
