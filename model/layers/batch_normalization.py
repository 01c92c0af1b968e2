"""Normalisation over the instances of a batch."""

from typing import Any

import keras
from keras import ops

ENOUGH = 32
"""Instances whose mean and variance count in full."""


class BatchNormalization(keras.layers.Layer):
    """Bring each unit to mean 0 and variance 1, then to a learned scale and shift.

        y = gamma (x - mean) / sqrt(variance + epsilon) + beta     Ioffe and Szegedy, ICML 2015

    In training mean and variance are those of what it is called with; in evaluation and serving
    they are the moving averages ``moving <- momentum moving + (1 - momentum) batch's``. A training
    step calls a network once for each shard of its batch, so the statistics are a shard's ("ghost"
    batches: Hoffer, Hubara and Soudry, NeurIPS 2017). A call with few instances, such as a shard of
    an epoch's last batch, moves the averages less: by ``(n - 1) / (ENOUGH - 1)`` of the share of
    one with ``ENOUGH``; one with none is no NaN.

    Args:
        momentum: of the averages, per call.
        epsilon: as above.

    Call arguments:
        x: ``(batch, units)``.
        training: whether to use, and to average, the statistics of ``x``.

    Returns:
        ``(batch, units)``.
    """

    def __init__(self, momentum: float = 0.99, epsilon: float = 1e-3, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.momentum = momentum
        self.epsilon = epsilon

    def build(self, x_shape: Any) -> None:
        """Create scale, shift and the two averages."""

        def weight(name: str, initializer: str, trainable: bool) -> Any:
            return self.add_weight(
                shape=(x_shape[-1],), initializer=initializer, trainable=trainable, name=name
            )

        self.gamma = weight("gamma", "ones", True)
        self.beta = weight("beta", "zeros", True)
        self.moving_mean = weight("moving_mean", "zeros", False)
        self.moving_variance = weight("moving_variance", "ones", False)
        self.built = True

    def call(self, x: Any, training: bool = False) -> Any:
        """Normalise one batch."""
        mean, variance = self.moving_mean, self.moving_variance
        if training:
            mean, variance = self._statistics(x)
        scale = self.gamma / ops.sqrt(variance + self.epsilon)
        return x * scale + (self.beta - mean * scale)

    def _statistics(self, x: Any) -> tuple[Any, Any]:
        size = ops.cast(ops.shape(x)[0], x.dtype)
        count = ops.maximum(size, 1.0)
        mean = ops.sum(x, axis=0) / count
        variance = ops.sum(ops.square(x - mean), axis=0) / count
        share = (1.0 - self.momentum) * ops.clip((size - 1.0) / (ENOUGH - 1.0), 0.0, 1.0)
        for moving, value in ((self.moving_mean, mean), (self.moving_variance, variance)):
            moving.assign(moving + share * (value - moving))
        return mean, variance

    def compute_output_shape(self, x_shape: Any) -> Any:
        """Return the shape of ``x``."""
        return x_shape

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return super().get_config() | {"momentum": self.momentum, "epsilon": self.epsilon}
