"""The bilinear interaction of FiBiNET."""

import math
from typing import Any

import keras
import numpy as np
from keras import ops

from model.errors import InvalidInputError

KINDS = ("all", "each", "interaction")
"""What has a matrix of its own."""


class BilinearInteraction(keras.layers.Layer):
    """Multiply each field's vector by a matrix, and elementwise by each later field's vector.

        p_ij = (v_i W) * v_j,  i < j          Huang et al. (RecSys 2019)

    Args:
        kind: ``"all"`` for one ``W``; ``"each"`` for ``W_i``, which the last field, never the first
            of a pair, has none of; ``"interaction"`` for ``W_ij``.
        kernel_initializer: of each ``W``, ``(D, D)``.

    Call arguments:
        x: ``v``, ``(batch, fields, D)``.

    Returns:
        ``p``, ``(batch, pairs, D)``, in the order (0, 1), (0, 2), ..., (1, 2), ...

    Raises:
        InvalidInputError: for an unknown kind, or if there are no two fields.
    """

    def __init__(
        self,
        kind: str = "interaction",
        *,
        kernel_initializer: Any = "glorot_uniform",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if kind not in KINDS:
            raise InvalidInputError(f"kind: must be one of {KINDS}; received {kind!r}")
        self.kind = kind
        self.kernel_initializer = keras.initializers.get(kernel_initializer)

    def build(self, x_shape: tuple[int | None, int, int]) -> None:
        """Create the matrices."""
        _, fields, dim = x_shape
        if fields < 2:
            raise InvalidInputError(f"fields: must be at least 2; received {fields}")
        self.first, self.second = np.triu_indices(fields, 1)
        count = {"all": 1, "each": fields - 1, "interaction": len(self.first)}[self.kind]
        self.kernel = self.add_weight(
            shape=(count, dim, dim), initializer=self._each, name="kernel"
        )
        self.built = True

    def call(self, x: Any) -> Any:
        """Interact one batch's fields."""
        rows = ops.transpose(x, (1, 0, 2))  # (F, batch, D)
        if self.kind == "interaction":
            left = ops.matmul(ops.take(rows, self.first, 0), self.kernel)
        else:
            left = ops.take(ops.matmul(rows[:-1], self.kernel), self.first, 0)
        return ops.transpose(left * ops.take(rows, self.second, 0), (1, 0, 2))

    def _each(self, shape: tuple[int, int, int], dtype: Any = None) -> Any:
        values = self.kernel_initializer(shape, dtype)
        if isinstance(self.kernel_initializer, keras.initializers.VarianceScaling):
            # It takes the matrices for one convolution, with that many times a matrix's inputs.
            values = values * math.sqrt(shape[0])
        return values

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return super().get_config() | {
            "kind": self.kind,
            "kernel_initializer": keras.initializers.serialize(self.kernel_initializer),
        }
