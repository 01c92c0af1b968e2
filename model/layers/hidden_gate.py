"""The hidden gate of GateNet."""

from typing import Any

import keras
from keras import ops


class HiddenGate(keras.layers.Layer):
    """Scale each hidden unit by a gate that looks at its layer.

        g = a * sigmoid(W a)                   GateNet (Huang et al., arXiv 2007.03519, 2020)

    Args:
        kernel_initializer: of ``W``, which is stored transposed, ``(units, units)``.

    Call arguments:
        x: activations ``a`` of a hidden layer, ``(batch, units)``.

    Returns:
        ``(batch, units)``.
    """

    def __init__(self, *, kernel_initializer: Any = "glorot_uniform", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.kernel_initializer = keras.initializers.get(kernel_initializer)

    def build(self, x_shape: tuple[int | None, int]) -> None:
        """Create ``W``."""
        units = x_shape[1]
        self.kernel = self.add_weight(
            shape=(units, units), initializer=self.kernel_initializer, name="kernel"
        )
        self.built = True

    def call(self, x: Any) -> Any:
        """Gate one batch."""
        return x * ops.sigmoid(ops.matmul(x, self.kernel))

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return super().get_config() | {
            "kernel_initializer": keras.initializers.serialize(self.kernel_initializer)
        }
