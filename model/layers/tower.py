"""The deep part of a network."""

from collections.abc import Sequence
from typing import Any

import keras

from model.layers.batch_normalization import BatchNormalization


class Tower(keras.layers.Layer):
    """Dense layers one after the other: the "DNN" that most networks have.

        h_0 = x;  h_l = dropout(relu(normalised(h_{l-1} W_l + b_l)))

    Args:
        units: of each layer; with none it returns its input.
        dropout: share of the units that are left out of a training step.
        batch_norm: whether there is a batch normalisation before each ReLU.
        kernel_initializer: of each ``W``.
        seed: of the dropout.

    Call arguments:
        x: ``(batch, inputs)``.
        training: whether to drop units.

    Returns:
        ``(batch, units[-1])``.
    """

    def __init__(
        self,
        units: Sequence[int],
        dropout: float = 0.0,
        batch_norm: bool = False,
        *,
        kernel_initializer: Any = "glorot_uniform",
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.units = tuple(units)
        self.dropout = dropout
        self.batch_norm = batch_norm
        self.seed = seed
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        self.steps: list[keras.layers.Layer] = []
        for place, width in enumerate(self.units):
            dense = keras.layers.Dense(
                width,
                None if batch_norm else "relu",
                kernel_initializer=self.kernel_initializer,
                dtype=self.dtype_policy,
                name=f"dense_{place}",
            )
            self.steps.append(dense)
            if batch_norm:
                normalised = BatchNormalization(dtype=self.dtype_policy, name=f"norm_{place}")
                self.steps += [normalised, keras.layers.ReLU(dtype=self.dtype_policy)]
            if dropout:
                dropped = None if seed is None else seed + place
                self.steps.append(
                    keras.layers.Dropout(dropout, seed=dropped, dtype=self.dtype_policy)
                )

    def build(self, x_shape: Any) -> None:
        """Create the weights of every layer."""
        for step in self.steps:
            step.build(x_shape)
            x_shape = step.compute_output_shape(x_shape)
        self.built = True

    def call(self, x: Any, training: bool = False) -> Any:
        """Transform one batch."""
        for step in self.steps:
            x = step(x, training=training)
        return x

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return super().get_config() | {
            "units": self.units,
            "dropout": self.dropout,
            "batch_norm": self.batch_norm,
            "seed": self.seed,
            "kernel_initializer": keras.initializers.serialize(self.kernel_initializer),
        }
