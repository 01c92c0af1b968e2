"""The cross network of DCN."""

from typing import Any

import keras
from keras import ops

from model.layers.initializers import one_each


class CrossNetwork(keras.layers.Layer):
    """Cross the input with itself, one order higher at every layer.

        x_{l+1} = x_0 (x_l . w_l) + b_l + x_l    Wang et al. (ADKDD 2017), eq. 3

    Every layer adds a multiple of ``x_0``, so all are of the form ``x_l = a_l x_0 + c_l``, with a
    number ``a_l`` for each instance and a vector ``c_l`` for all:

        a_{l+1} = a_l (1 + x_0 . w_l) + c_l . w_l;    c_{l+1} = c_l + b_l

    This is what is computed: one product of ``x_0`` with the weights of all layers.

    Args:
        layers: number ``L`` of layers; with none it returns its input.
        kernel_initializer: of each ``w_l``.

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
        """Create every ``w_l`` and ``b_l``."""
        inputs = x_shape[-1]
        initializers = one_each(self.kernel_initializer, self.layers)
        self.kernels = [
            self.add_weight(shape=(inputs, 1), initializer=each, name=f"kernel_{layer}")
            for layer, each in enumerate(initializers)
        ]
        self.biases = [
            self.add_weight(shape=(inputs,), initializer="zeros", name=f"bias_{layer}")
            for layer in range(self.layers)
        ]
        self.built = True

    def call(self, x: Any) -> Any:
        """Cross one batch."""
        if not self.layers:
            return x
        products = ops.matmul(x, ops.concatenate(self.kernels, axis=1))  # (batch, L)
        a, c = ops.ones_like(products[:, :1]), ops.zeros_like(self.biases[0])
        for layer, (kernel, bias) in enumerate(zip(self.kernels, self.biases, strict=True)):
            a = a * (1.0 + products[:, layer : layer + 1]) + ops.matmul(c, kernel)
            c = c + bias
        return a * x + c

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return super().get_config() | {
            "layers": self.layers,
            "kernel_initializer": keras.initializers.serialize(self.kernel_initializer),
        }
