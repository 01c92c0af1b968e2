"""The squeeze-and-excitation network of FiBiNET."""

import math
from typing import Any

import keras
from keras import ops

from model.errors import InvalidInputError
from model.layers.initializers import one_each


class SqueezeExcitation(keras.layers.Layer):
    """Weigh the fields of an instance by what their embeddings hold (SENET).

        z_i = 1/D sum_d e_i[d]                    Huang et al. (RecSys 2019)
        a = relu(W_2 relu(W_1 z))

    Without biases, as in the paper. The paper's re-weighted embeddings are ``a_i e_i``.

    Args:
        reduction_ratio: ``r``: there are ``ceil(F / r)`` units between ``W_1`` and ``W_2``.
        kernel_initializer: of ``W_1`` and ``W_2``.

    Call arguments:
        x: embeddings, ``(batch, fields, D)``.

    Returns:
        The weights ``a``, ``(batch, fields)``.

    Raises:
        InvalidInputError: if ``reduction_ratio`` is not positive.
    """

    def __init__(
        self,
        reduction_ratio: float = 3,
        *,
        kernel_initializer: Any = "glorot_uniform",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if not reduction_ratio > 0:
            raise InvalidInputError(
                f"reduction_ratio: must be positive; received {reduction_ratio}"
            )
        self.reduction_ratio = reduction_ratio
        self.kernel_initializer = keras.initializers.get(kernel_initializer)

    def build(self, x_shape: tuple[int | None, int, int]) -> None:
        """Create ``W_1`` and ``W_2``, which are stored with their inputs first."""
        fields = x_shape[1]
        hidden = math.ceil(fields / self.reduction_ratio)
        first, second = one_each(self.kernel_initializer, 2)
        self.squeeze = self.add_weight(shape=(fields, hidden), initializer=first, name="squeeze")
        self.excite = self.add_weight(shape=(hidden, fields), initializer=second, name="excite")
        self.built = True

    def call(self, x: Any) -> Any:
        """Weigh one batch's fields."""
        hidden = ops.relu(ops.matmul(ops.mean(x, axis=2), self.squeeze))
        return ops.relu(ops.matmul(hidden, self.excite))

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return super().get_config() | {
            "reduction_ratio": self.reduction_ratio,
            "kernel_initializer": keras.initializers.serialize(self.kernel_initializer),
        }
