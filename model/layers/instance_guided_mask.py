"""The instance-guided mask of MaskNet."""

import math
from typing import Any

import keras

from model.errors import InvalidInputError
from model.layers.initializers import one_each


class InstanceGuidedMask(keras.layers.Layer):
    """Two dense layers with a ReLU between, from the embeddings to factors of what is masked.

        V_mask = W_d2 relu(W_d1 V_emb + b_d1) + b_d2          MaskNet (DLP-KDD 2021), eq. 5

    The first is the paper's aggregation layer of ``t`` units, the second its projection layer of
    ``z``; the embeddings' gradient passes through both.

    Args:
        units: ``z``, the size of what is masked.
        reduction_ratio: ``r = t / z``; ``t`` is rounded up.
        kernel_initializer: of both kernels.

    Call arguments:
        flat: ``V_emb``, the embeddings side by side, ``(batch, fields D)``.

    Returns:
        ``(batch, units)``.

    Raises:
        InvalidInputError: if ``units`` or ``reduction_ratio`` is not positive.
    """

    def __init__(
        self,
        units: int,
        reduction_ratio: float = 2.0,
        *,
        kernel_initializer: Any = "glorot_uniform",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if units < 1:
            raise InvalidInputError(f"units: must be at least 1; received {units}")
        if not reduction_ratio > 0:
            raise InvalidInputError(
                f"reduction_ratio: must be positive; received {reduction_ratio}"
            )
        self.units = units
        self.reduction_ratio = reduction_ratio
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        first, second = one_each(self.kernel_initializer, 2)
        self.aggregation = keras.layers.Dense(
            math.ceil(units * reduction_ratio),
            "relu",
            kernel_initializer=first,
            dtype=self.dtype_policy,
            name="aggregation",
        )
        self.projection = keras.layers.Dense(
            units, kernel_initializer=second, dtype=self.dtype_policy, name="projection"
        )

    def build(self, flat_shape: tuple[int | None, int]) -> None:
        """Create the weights of both layers."""
        self.aggregation.build(flat_shape)
        self.projection.build((None, self.aggregation.units))
        self.built = True

    def call(self, flat: Any) -> Any:
        """Mask one batch."""
        return self.projection(self.aggregation(flat))

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return super().get_config() | {
            "units": self.units,
            "reduction_ratio": self.reduction_ratio,
            "kernel_initializer": keras.initializers.serialize(self.kernel_initializer),
        }
