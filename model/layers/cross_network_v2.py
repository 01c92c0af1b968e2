"""The cross network of DCN V2, with full matrices."""

from typing import Any

import keras
from keras import ops

from model.layers.initializers import one_each


class CrossNetworkV2(keras.layers.Layer):
    """Cross the input with itself, one order higher at every layer.

        x_{l+1} = x_0 * (W_l x_l + b_l) + x_l    Wang et al. (WWW 2021), eq. 1

    ``*`` is elementwise.

    Args:
        layers: number ``L`` of layers; with none it returns its input.
        kernel_initializer: of each ``W_l^T``.

    Call arguments:
        x: ``x_0``, ``(batch, inputs)``.

    Returns:
        ``x_L``, ``(batch, inputs)``.
    """

    def __init__(
        self, layers: int, *, kernel_initializer: Any = "glorot_uniform", **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.layers = layers
        self.kernel_initializer = keras.initializers.get(kernel_initializer)

    def build(self, x_shape: Any) -> None:
        """Create every ``W_l^T`` and ``b_l``."""
        inputs = x_shape[-1]
        initializers = one_each(self.kernel_initializer, self.layers)
        self.kernels = [
            self.add_weight(shape=(inputs, inputs), initializer=each, name=f"kernel_{layer}")
            for layer, each in enumerate(initializers)
        ]
        self.biases = [
            self.add_weight(shape=(inputs,), initializer="zeros", name=f"bias_{layer}")
            for layer in range(self.layers)
        ]
        self.built = True

    def call(self, x: Any) -> Any:
        """Cross one batch."""
        x0 = x
        for kernel, bias in zip(self.kernels, self.biases, strict=True):
            x = x0 * (ops.matmul(x, kernel) + bias) + x
        return x

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return super().get_config() | {
            "layers": self.layers,
            "kernel_initializer": keras.initializers.serialize(self.kernel_initializer),
        }
