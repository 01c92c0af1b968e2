"""The residual unit of Deep Crossing."""

from typing import Any

import keras
from keras import ops


class ResidualUnit(keras.layers.Layer):
    """Add what two dense layers make of the input to the input.

        y = relu(relu(x W_0 + b_0) W_1 + b_1 + x)    Shan et al. (KDD 2016)

    The second ReLU comes after the addition, as in the paper's figure of the unit.

    Args:
        units: of the first dense layer; the second has as many as there are inputs.
        kernel_initializer: of ``W_0`` and ``W_1``.

    Call arguments:
        x: ``(batch, inputs)``.

    Returns:
        ``(batch, inputs)``.
    """

    def __init__(
        self, units: int, *, kernel_initializer: Any = "glorot_uniform", **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.units = units
        self.kernel_initializer = keras.initializers.get(kernel_initializer)

    def build(self, x_shape: Any) -> None:
        """Create both dense layers."""
        common: dict[str, Any] = {
            "kernel_initializer": self.kernel_initializer,
            "dtype": self.dtype_policy,
        }
        self.hidden = keras.layers.Dense(self.units, "relu", name="hidden", **common)
        self.output_layer = keras.layers.Dense(x_shape[-1], name="output", **common)
        self.hidden.build(x_shape)
        self.output_layer.build((None, self.units))
        self.built = True

    def call(self, x: Any) -> Any:
        """Transform one batch."""
        return ops.relu(self.output_layer(self.hidden(x)) + x)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return super().get_config() | {
            "units": self.units,
            "kernel_initializer": keras.initializers.serialize(self.kernel_initializer),
        }
