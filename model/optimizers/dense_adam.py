"""Keras' Adam behind the port of a dense optimizer."""

from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from model.optimizers.hyper_parameters import check_decay, check_positive


class DenseAdam:
    """Adam (Kingma and Ba, ICLR 2015) for whole variables, as Keras has it.

    Args:
        alpha, beta1, beta2, epsilon: step size, decay rates, and what is added to the root.

    Raises:
        InvalidInputError: for a hyper-parameter outside its rule.
    """

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
        self._adam = keras.optimizers.Adam(alpha, beta1, beta2, epsilon, name="adam")
        self._pending: Mapping[str, np.ndarray] = {}

    def scale_rate(self, scale: float) -> None:
        """Have the steps from here on use ``scale`` times ``alpha``."""
        self._adam.learning_rate.assign(self.alpha * scale)

    def apply(self, variables: Sequence[Any], gradients: Sequence[Any]) -> None:
        """Step variables by gradients; always the same variables in the same order."""
        if not self._adam.built:
            with tf.init_scope():
                self._adam.build(list(variables))
                self._assign(self._pending)
                self._pending = {}
        self._adam.apply(list(gradients))

    def adopt(self, variables: Sequence[Any]) -> None:
        """Leave the moments as they are: a step is taken from the variable itself."""

    def state(self) -> dict[str, np.ndarray]:
        """Return copies of the step count and the moments, by path."""
        if not self._adam.built:
            return dict(self._pending)
        return {variable.path: variable.numpy() for variable in self._adam.variables}

    def restore(self, state: Mapping[str, np.ndarray]) -> None:
        """Put back what ``state`` returned, before or after the first step."""
        if self._adam.built:
            self._assign(state)
        else:
            self._pending = dict(state)

    def _assign(self, state: Mapping[str, np.ndarray]) -> None:
        by_path = {variable.path: variable for variable in self._adam.variables}
        for path, value in state.items():
            by_path[path].assign(value)
