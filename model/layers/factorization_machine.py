"""The second order of a factorization machine."""

from typing import Any

import keras
from keras import ops


class FactorizationMachine(keras.layers.Layer):
    """Add up the inner products of all pairs of embeddings.

        sum_{i<j} <v_i, v_j> = 1/2 sum_d ((sum_i v_id)^2 - sum_i v_id^2)          Rendle (ICDM 2010)

    The right side takes time linear in the number of fields. There are no weights.

    Call arguments:
        x: embeddings, ``(batch, fields, D)``.

    Returns:
        ``(batch,)``.
    """

    def call(self, x: Any) -> Any:
        """Add up one batch's pairs."""
        square_of_sum = ops.square(ops.sum(x, axis=1))
        sum_of_squares = ops.sum(ops.square(x), axis=1)
        return 0.5 * ops.sum(square_of_sum - sum_of_squares, axis=1)
