"""The second-order part of a factorization machine."""

from typing import Any

import keras
from keras import ops


class FactorizationMachine(keras.layers.Layer):
    """Add up the inner products of all pairs of fields.

        sum_{i<j} <v_i, v_j> = 1/2 sum_d ((sum_i v_id)^2 - sum_i v_id^2)    Rendle (ICDM 2010)

    The right side, which is what is computed, is linear in the fields.

    Call arguments:
        v: vectors, ``(batch, fields, dim)``.

    Returns:
        ``(batch,)``.
    """

    def call(self, v: Any) -> Any:
        """Add up one batch."""
        squared_sum = ops.square(ops.sum(v, axis=1))  # (batch, dim)
        return 0.5 * (ops.sum(squared_sum, axis=1) - ops.sum(ops.square(v), axis=(1, 2)))
