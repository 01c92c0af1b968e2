"""The block that MaskNet is made of."""

from typing import Any

import keras
from keras import ops

from model.layers.embedding_normalization import EPSILON
from model.layers.initializers import one_each
from model.layers.instance_guided_mask import InstanceGuidedMask


class MaskBlock(keras.layers.Layer):
    """Mask the input, transform it, normalise it over the layer's units.

        V_out = relu(LN(W (V_mask * V_in)))                   MaskNet (DLP-KDD 2021), eq. 12 and 14
        LN(x) = g * (x - mean(x)) / sqrt(var(x) + epsilon) + b

    ``W`` has no bias of its own.

    Args:
        units: size of the output.
        reduction_ratio: of the mask, as ``InstanceGuidedMask`` has it.
        kernel_initializer: of ``W`` and of the mask's kernels.

    Call arguments:
        x: ``V_in``: the normalised embeddings side by side, or the output of the block before;
            ``(batch, inputs)``.
        flat: ``V_emb``, the embeddings side by side, ``(batch, fields D)``.

    Returns:
        ``(batch, units)``.

    Raises:
        InvalidInputError: if ``reduction_ratio`` is not positive.
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
        self.units = units
        self.reduction_ratio = reduction_ratio
        self.kernel_initializer = keras.initializers.get(kernel_initializer)

    def build(self, x_shape: tuple[int | None, int], flat_shape: tuple[int | None, int]) -> None:
        """Create the mask for inputs of this size, and the other weights."""
        common: dict[str, Any] = {"dtype": self.dtype_policy}
        of_mask, _, of_dense = one_each(self.kernel_initializer, 3)  # the mask has two kernels
        self.mask = InstanceGuidedMask(
            x_shape[1], self.reduction_ratio, kernel_initializer=of_mask, name="mask", **common
        )
        self.dense = keras.layers.Dense(
            self.units, use_bias=False, kernel_initializer=of_dense, name="dense", **common
        )
        self.normalization = keras.layers.LayerNormalization(
            epsilon=EPSILON, name="normalization", **common
        )
        self.mask.build(flat_shape)
        self.dense.build(x_shape)
        self.normalization.build((None, self.units))
        self.built = True

    def call(self, x: Any, flat: Any) -> Any:
        """Transform one batch."""
        return ops.relu(self.normalization(self.dense(self.mask(flat) * x)))

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return super().get_config() | {
            "units": self.units,
            "reduction_ratio": self.reduction_ratio,
            "kernel_initializer": keras.initializers.serialize(self.kernel_initializer),
        }
