"""The residual unit of Deep Crossing."""

from typing import Any

import keras
from keras import ops

from model.layers.tower import Tower


class ResidualUnit(keras.layers.Layer):
    """Add what two dense layers make of the input to the input.

        y = relu(tower(x) W_1 + b_1 + x),  tower(x) = relu(x W_0 + b_0)    Shan et al. (KDD 2016)

    The second ReLU comes after the addition, as in the paper's figure of the unit.

    Args:
        units: of the first dense layer; the second has as many as there are inputs.
        dropout, batch_norm: of the first, as ``Tower``.
        kernel_initializer: of ``W_0`` and ``W_1``.
        seed: of the dropout.

    Call arguments:
        x: ``(batch, inputs)``.
        training: as ``Tower``.

    Returns:
        ``(batch, inputs)``.
    """

    def __init__(
        self,
        units: int,
        dropout: float = 0.0,
        batch_norm: bool = False,
        *,
        kernel_initializer: Any = "glorot_uniform",
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.units = units
        self.dropout = dropout
        self.batch_norm = batch_norm
        self.seed = seed
        self.kernel_initializer = keras.initializers.get(kernel_initializer)

    def build(self, x_shape: Any) -> None:
        """Create both dense layers."""
        common: dict[str, Any] = {
            "kernel_initializer": self.kernel_initializer,
            "dtype": self.dtype_policy,
        }
        self.hidden = Tower(
            (self.units,), self.dropout, self.batch_norm, seed=self.seed, name="hidden", **common
        )
        self.output_layer = keras.layers.Dense(x_shape[-1], name="output", **common)
        self.hidden.build(x_shape)
        self.output_layer.build((None, self.units))
        self.built = True

    def call(self, x: Any, training: bool = False) -> Any:
        """Transform one batch."""
        return ops.relu(self.output_layer(self.hidden(x, training=training)) + x)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return super().get_config() | {
            "units": self.units,
            "dropout": self.dropout,
            "batch_norm": self.batch_norm,
            "seed": self.seed,
            "kernel_initializer": keras.initializers.serialize(self.kernel_initializer),
        }
