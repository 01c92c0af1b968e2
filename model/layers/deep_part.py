"""The deep part that stands beside other parts of a network."""

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from model.layers.tower import Tower


class DeepPart(keras.layers.Layer):
    """A tower over the embeddings side by side, and one unit without a bias.

        deep = w . tower(flat(x))

    The network's own bias is the unit's, too.

    Args:
        units: of each layer of the tower.
        dropout, batch_norm: as ``Tower``.
        kernel_initializer: of the tower's kernels and of ``w``.
        seed: of the dropout.

    Call arguments:
        x: embeddings, ``(batch, fields, D)``.
        training: whether to drop units.

    Returns:
        Its share of the logits, ``(batch,)``.
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
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        common: dict[str, Any] = {
            "kernel_initializer": self.kernel_initializer,
            "dtype": self.dtype_policy,
        }
        self.tower = Tower(units, dropout, batch_norm, seed=seed, name="tower", **common)
        self.head = keras.layers.Dense(1, use_bias=False, name="head", **common)

    def build(self, x_shape: tuple[int | None, int, int]) -> None:
        """Create the weights of every layer."""
        inputs = x_shape[1] * x_shape[2]
        self.tower.build((None, inputs))
        self.head.build((None, self.tower.units[-1] if self.tower.units else inputs))
        self.built = True

    def call(self, x: Any, training: bool = False) -> Any:
        """Give one batch its share."""
        flat = ops.reshape(x, (-1, x.shape[1] * x.shape[2]))
        return ops.squeeze(self.head(self.tower(flat, training=training)), 1)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return super().get_config() | {
            "units": self.tower.units,
            "dropout": self.tower.dropout,
            "batch_norm": self.tower.batch_norm,
            "seed": self.tower.seed,
            "kernel_initializer": keras.initializers.serialize(self.kernel_initializer),
        }
