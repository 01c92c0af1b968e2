"""The exponential average of a table's rows, exact, for the price of the rows of the batch."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from model.optimizers.decay import check_decay


class RowAverage:
    """Averages rows over steps, looking only at those of each batch.

        a_t = d a_{t-1} + (1 - d) w_t,  a_0 = 0;   the average is a_t / (1 - d^t)

    (the average of Adam's moments, Kingma and Ba, 2015, taken over weights). A row that no batch
    holds for k steps keeps its ``w``, so its ``a`` becomes ``d^k a + (1 - d^k) w``: that is done when
    the row is next stepped or read.

    Args:
        rows: of the table.
        width: of a row.
        decay: ``d``; the average spans about ``1 / (1 - d)`` steps.

    Raises:
        InvalidInputError: if ``decay`` is not in [0, 1).
    """

    def __init__(self, rows: int, width: int, decay: float) -> None:
        check_decay(decay)
        self._log_decay = float(np.log(decay))
        self._sums = tf.Variable(tf.zeros((rows, width)), trainable=False, name="average")
        self._steps = tf.Variable(tf.zeros((rows,), tf.int64), trainable=False, name="average_step")

    def catch_up(self, ids: Any, rows: Any, step: Any) -> None:
        """Take note of rows that are about to be stepped; inside tf.function.

        Args:
            ids: the rows, ``(m,)``, each once.
            rows: their values, ``(m, width)``, since they were last stepped.
            step: number of steps done, a scalar.
        """
        sums = self._sums_at(ids, rows, step)
        steps = tf.fill(tf.shape(ids), step)
        for variable, values in ((self._sums, sums), (self._steps, steps)):
            tf.raw_ops.ResourceScatterUpdate(resource=variable.handle, indices=ids, updates=values)

    def read(self, ids: Any, rows: Any, step: Any) -> Any:
        """Average rows; arguments as ``catch_up``, but that ids may repeat.

        Returns:
            ``(m, width)``; zeros for rows that are zero now, the rows themselves before the first
            step.
        """
        weight = 1.0 - tf.exp(tf.cast(step, tf.float32) * self._log_decay)
        averages = tf.math.divide_no_nan(self._sums_at(ids, rows, step), weight)
        kept = tf.logical_and(tf.reduce_any(rows != 0.0, axis=1, keepdims=True), step > 0)
        return tf.where(kept, averages, rows)

    def state(self) -> dict[str, npt.NDArray[Any]]:
        """Return copies of what is kept."""
        return {"average": self._sums.numpy(), "average_step": self._steps.numpy()}

    def restore(self, state: Mapping[str, npt.NDArray[Any]]) -> None:
        """Put back what ``state`` returned."""
        self._sums.assign(state["average"])
        self._steps.assign(state["average_step"])

    def _sums_at(self, ids: Any, rows: Any, step: Any) -> Any:
        missed = tf.cast(step - tf.gather(self._steps, ids), tf.float32)
        kept = tf.exp(missed * self._log_decay)[:, tf.newaxis]
        return kept * tf.gather(self._sums, ids) + (1.0 - kept) * rows
