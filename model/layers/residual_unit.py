"""The residual unit of Deep Crossing."""

from typing import Any

import keras
from keras import ops

from model.layers.batch_normalization import BatchNormalization


class ResidualUnit(keras.layers.Layer):
    """Add what two dense layers make of the input to the input.

        y = relu(relu(x W_0 + b_0) W_1 + b_1 + x)    Shan et al. (KDD 2016)

    The second ReLU comes after the addition, as in the paper's figure of the unit.

    Args:
        units: of the first dense layer; the second has as many as there are inputs.
        dropout: share of the first's units that are left out of a training step.
        batch_norm: whether there is a batch normalisation before its ReLU.
        kernel_initializer: of ``W_0`` and ``W_1``.
        seed: of the dropout.

    Call arguments:
        x: ``(batch, inputs)``.
        training: whether to drop units, and whose statistics normalise.

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
        self.hidden = keras.layers.Dense(self.units, name="hidden", **common)
        inner = (None, self.units)
        self.norm = self.drop = None
        if self.batch_norm:
            self.norm = BatchNormalization(dtype=self.dtype_policy, name="norm")
            self.norm.build(inner)
        if self.dropout:
            self.drop = keras.layers.Dropout(self.dropout, seed=self.seed, dtype=self.dtype_policy)
            self.drop.build(inner)
        self.output_layer = keras.layers.Dense(x_shape[-1], name="output", **common)
        self.hidden.build(x_shape)
        self.output_layer.build((None, self.units))
        self.built = True

    def call(self, x: Any, training: bool = False) -> Any:
        """Transform one batch."""
        h = self.hidden(x)
        if self.norm is not None:
            h = self.norm(h, training=training)
        h = ops.relu(h)
        if self.drop is not None:
            h = self.drop(h, training=training)
        return ops.relu(self.output_layer(h) + x)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return super().get_config() | {
            "units": self.units,
            "dropout": self.dropout,
            "batch_norm": self.batch_norm,
            "seed": self.seed,
            "kernel_initializer": keras.initializers.serialize(self.kernel_initializer),
        }
