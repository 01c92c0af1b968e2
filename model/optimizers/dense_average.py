"""The exponential average of dense variables."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import tensorflow as tf

from model.optimizers.decay import check_decay


class DenseAverage:
    """Averages variables over steps, as ``RowAverage`` does rows.

    An element that is exactly zero now (FTRL with ``lambda1``) is zero in the average too.

    Args:
        variables: what is averaged.
        decay: the average spans about ``1 / (1 - decay)`` steps.

    Raises:
        InvalidInputError: if ``decay`` is not above 0 and below 1.
    """

    def __init__(self, variables: Sequence[Any], decay: float) -> None:
        check_decay(decay)
        self._variables = list(variables)
        self._decay = decay
        self._sums = [
            tf.Variable(tf.zeros(variable.shape), trainable=False) for variable in variables
        ]
        self._count = tf.Variable(0, dtype=tf.int64, trainable=False)

    def update(self) -> None:
        """Take note of the variables after a step; inside tf.function."""
        self._count.assign_add(1)
        for total, variable in zip(self._sums, self._variables, strict=True):
            total.assign_add((1.0 - self._decay) * (tf.convert_to_tensor(variable) - total))

    def begin(self, steps: int) -> None:
        """Begin as if the variables had been what they are for a number of steps."""
        self._count.assign(steps)
        for total, variable in zip(self._sums, self._variables, strict=True):
            total.assign((1.0 - self._decay**steps) * tf.convert_to_tensor(variable))

    @contextmanager
    def applied(self) -> Iterator[None]:
        """Give the variables their averages, and their own values back afterwards."""
        count = int(self._count.numpy())
        if count == 0:
            yield
            return
        own = [tf.convert_to_tensor(variable).numpy() for variable in self._variables]
        weight = 1.0 - self._decay**count
        for total, variable, values in zip(self._sums, self._variables, own, strict=True):
            variable.assign(np.where(values != 0.0, total.numpy() / weight, values))
        try:
            yield
        finally:
            for variable, values in zip(self._variables, own, strict=True):
                variable.assign(values)

    def state(self) -> dict[str, np.ndarray]:
        """Return copies of what is kept."""
        sums = {f"sum_{place}": total.numpy() for place, total in enumerate(self._sums)}
        return {"count": self._count.numpy(), **sums}

    def restore(self, state: Mapping[str, np.ndarray]) -> None:
        """Put back what ``state`` returned."""
        self._count.assign(state["count"])
        for place, total in enumerate(self._sums):
            total.assign(state[f"sum_{place}"])
