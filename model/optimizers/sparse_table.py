"""An embedding table that is trained row by row.

table = SparseTable(rows, width, build_row_optimizer({"name": "group_ftrl"}), seed=0,
init_scale=0.01) w = table.gather(ids)               # (m, width); inside tf.function
table.apply(ids, gradients)         # (m,), (m, width); inside tf.function; ids distinct
table.table()                       # (rows, width), NumPy table.restore(table.state())        #
arrays by name, for checkpoints
"""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import tensorflow as tf

from model.errors import InvalidInputError
from model.optimizers.row_optimizer import RowOptimizer

CHUNK = 1 << 18
"""Rows written or read at a time outside training."""


class SparseTable:
    """Embedding rows with their optimizer's slots.

    A step reads and writes the rows it is given and no others, so it costs the same however large
    the table is.

    Args:
        rows, width: shape of the table.
        optimizer: how rows are stepped.
        seed: of the initial rows; a row's initial value does not depend on how many rows follow it.
        init_scale: initial values are uniform in ``[-init_scale, init_scale)``; at 0 they are zero.

    Raises:
        InvalidInputError: if ``rows`` or ``width`` is not positive or ``init_scale`` is negative.
    """

    def __init__(
        self, rows: int, width: int, optimizer: RowOptimizer, seed: int, init_scale: float
    ) -> None:
        for name, value in {"rows": rows, "width": width}.items():
            if value < 1:
                raise InvalidInputError(f"{name}: must be at least 1; received {value}")
        if not init_scale >= 0:
            raise InvalidInputError(f"init_scale: must not be negative; received {init_scale}")
        self.rows = rows
        self.width = width
        self.optimizer = optimizer
        self._parts = 1 + optimizer.slots
        self._count = tf.Variable(0, dtype=tf.int64, trainable=False, name="count")
        self._state = tf.Variable(
            tf.zeros((rows, self._parts * width)), trainable=False, name="state"
        )
        random = np.random.default_rng(seed)
        for chunk in self._chunks():
            values = random.random((len(chunk), width), dtype=np.float32)
            start = (values * 2 - 1) * np.float32(init_scale)
            self._write(chunk, np.hstack([start, *optimizer.start(start)]))

    def gather(self, ids: Any) -> Any:
        """Read rows: ids ``(m,)`` to ``(m, width)``."""
        return tf.gather(self._state, ids)[:, : self.width]

    def apply(self, ids: Any, gradients: Any) -> None:
        """Step rows.

        Args:
            ids: the rows, ``(m,)``, each once: add up the gradients of a row that occurs twice
                first.
            gradients: of the batch's summed loss by these rows, ``(m, width)``.
        """
        count = self._count.assign_add(1)
        state = tuple(tf.split(tf.gather(self._state, ids), self._parts, axis=1))
        self._write(ids, tf.concat(self.optimizer.step(state, gradients, count), axis=1))

    def table(self) -> np.ndarray:
        """Return a copy of the rows, float32, ``(rows, width)``."""
        table = np.empty((self.rows, self.width), np.float32)
        for chunk in self._chunks():
            table[chunk] = self.gather(chunk)
        return table

    def state(self) -> dict[str, np.ndarray]:
        """Return copies of everything that the next step depends on: ``state`` and ``count``."""
        state = np.empty(tuple(self._state.shape), np.float32)
        for chunk in self._chunks():
            state[chunk] = tf.gather(self._state, chunk)
        return {"state": state, "count": self._count.numpy()}

    def restore(self, state: Mapping[str, np.ndarray]) -> None:
        """Put back what ``state`` returned.

        Raises:
            InvalidInputError: if it is of a table of another shape or another optimizer.
        """
        expected = tuple(self._state.shape)
        if state["state"].shape != expected:
            raise InvalidInputError(
                f"state: must have shape {expected}; received {state['state'].shape}"
            )
        for chunk in self._chunks():
            self._write(chunk, state["state"][chunk])
        self._count.assign(state["count"])

    def _chunks(self) -> Iterator[np.ndarray]:
        for start in range(0, self.rows, CHUNK):
            yield np.arange(start, min(start + CHUNK, self.rows), dtype=np.int64)

    def _write(self, ids: Any, state: Any) -> None:
        tf.raw_ops.ResourceScatterUpdate(resource=self._state.handle, indices=ids, updates=state)
