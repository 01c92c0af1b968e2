"""Adam on the rows of an embedding table that a batch touches."""

from typing import Any

import numpy as np
import tensorflow as tf

from model.optimizers.hyper_parameters import check_decay, check_positive


class LazyAdam:
    """Adam as the optimizer of a ``SparseTable``: slots ``m`` and ``v``, of the batch's rows only.

        m' = beta1 m + (1 - beta1) g;  v' = beta2 v + (1 - beta2) g^2
        w' = w - alpha (m' / (1 - beta1^t)) / (sqrt(v' / (1 - beta2^t)) + epsilon)

    Kingma and Ba, Adam (ICLR 2015), algorithm 1, where ``t`` counts the table's steps. A row that
    is absent from a batch keeps its moments.

    Args:
        alpha, beta1, beta2, epsilon: as above.

    Raises:
        InvalidInputError: for a hyper-parameter outside its rule.
    """

    slots = 2

    def __init__(
        self,
        alpha: float = 1e-3,
        beta1: float = 0.9,
        beta2: float = 0.999,
        epsilon: float = 1e-7,
    ) -> None:
        check_positive("alpha", alpha)
        check_decay("beta1", beta1)
        check_decay("beta2", beta2)
        check_positive("epsilon", epsilon)
        self.alpha = alpha
        self.beta1 = beta1
        self.beta2 = beta2
        self.epsilon = epsilon
        self._scale = tf.Variable(1.0, trainable=False, name="rate_scale")

    def scale_rate(self, scale: float) -> None:
        """Have the steps from here on use ``scale`` times ``alpha``."""
        self._scale.assign(scale)

    def start(self, rows: np.ndarray) -> tuple[np.ndarray, ...]:
        """Return the first ``m`` and ``v`` of rows."""
        return np.zeros_like(rows), np.zeros_like(rows)

    def adopt(self, rows: np.ndarray, slots: tuple[np.ndarray, ...]) -> tuple[np.ndarray, ...]:
        """Return the moments as they are: a step is taken from the row itself."""
        return slots

    def step(self, state: tuple[Any, ...], g: Any, count: Any) -> tuple[Any, ...]:
        """Step rows by the rule above."""
        w, m, v = state
        t = tf.cast(count, w.dtype)
        m = self.beta1 * m + (1.0 - self.beta1) * g
        v = self.beta2 * v + (1.0 - self.beta2) * g * g
        first, second = 1.0 - self.beta1**t, 1.0 - self.beta2**t
        alpha = self.alpha * tf.cast(self._scale, w.dtype)
        return w - (alpha / first) * m / (tf.sqrt(v / second) + self.epsilon), m, v
