"""An embedding table that is trained row by row.

What a trainer does with it::

    table = SparseTable(rows, width, build_row_optimizer({"name": "group_ftrl"}), 0, 0.01)
    w = table.gather(ids)               # (m,) to (m, width); inside tf.function
    table.apply(ids, gradients)         # (m,), (m, width); inside tf.function; ids distinct
    table.table()                       # (rows, width), NumPy
    table.restore(table.state())        # arrays by name, for checkpoints

Rows and slots are one variable each: gathering them from one wide or interleaved variable measured
no faster, at a million rows and at ten.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from model.errors import InvalidInputError
from model.optimizers.row_average import RowAverage
from model.optimizers.row_optimizer import RowOptimizer

CHUNK = 1 << 16
"""Rows written or read at a time outside training."""

Float32 = npt.NDArray[np.float32]


class SparseTable:
    """Embedding rows with their optimizer's slots.

    A step reads and writes the rows it is given and no others, so it costs the same however large
    the table is. The memory is ``rows x (1 + slots) x width`` float32, with no second copy.

    Args:
        rows: number of rows.
        width: of a row.
        optimizer: how rows are stepped.
        seed: of the initial rows; a row's value does not depend on how many rows follow it.
        init_scale: initial values are uniform in ``[-init_scale, init_scale)``; at 0 they are zero.
        average_decay: what ``average`` and ``table`` return is the exponential average over steps
            with this decay; at 0 the rows themselves, and nothing is kept for it.

    Raises:
        InvalidInputError: if ``rows`` or ``width`` is not positive, ``init_scale`` is negative or
            not finite, or ``average_decay`` is not in [0, 1).
    """

    def __init__(
        self,
        rows: int,
        width: int,
        optimizer: RowOptimizer,
        seed: int,
        init_scale: float,
        average_decay: float = 0.0,
    ) -> None:
        for name, value in {"rows": rows, "width": width}.items():
            if value < 1:
                raise InvalidInputError(f"{name}: must be at least 1; received {value}")
        if not 0 <= init_scale < np.inf:
            raise InvalidInputError(
                f"init_scale: must be finite and not negative; received {init_scale}"
            )
        self.rows = rows
        self.width = width
        self.optimizer = optimizer
        self._average = RowAverage(rows, width, average_decay) if average_decay else None
        self._count = tf.Variable(0, dtype=tf.int64, trainable=False, name="count")
        self._parts = [
            tf.Variable(tf.zeros((rows, width)), trainable=False, name=f"part_{index}")
            for index in range(1 + optimizer.slots)
        ]
        random = np.random.default_rng(seed)
        for _, ids in self._chunks():
            start = random.random((len(ids), width), dtype=np.float32)
            start -= np.float32(0.5)
            start *= np.float32(2 * init_scale)
            self._write(ids, (start, *optimizer.start(start)))

    @property
    def steps(self) -> Any:
        """How many steps ``apply`` has done, an int64 scalar tensor; ``restore`` puts it back."""
        return self._count.value()

    def gather(self, ids: Any) -> Any:
        """Read rows: ids ``(m,)`` to ``(m, width)``."""
        return tf.gather(self._parts[0], ids)

    def apply(self, ids: Any, gradients: Any, rows: Any = None) -> None:
        """Step rows.

        Args:
            ids: the rows, ``(m,)``, each once: add up the gradients of a row that occurs twice
                first. Ascending ids are the fastest.
            gradients: of the batch's summed loss by these rows, ``(m, width)``.
            rows: what ``gather(ids)`` returned, if they were read just before.
        """
        rows = self.gather(ids) if rows is None else rows
        with tf.control_dependencies([rows]):  # which others wait for, so they are read first
            state = (rows, *(tf.gather(part, ids) for part in self._parts[1:]))
        if self._average is not None:
            self._average.catch_up(ids, state[0], self.steps)
        count = self._count.assign_add(1)
        self._write(ids, self.optimizer.step(state, gradients, count))

    def average(self, ids: Any) -> Any:
        """Read rows as they are evaluated and served: ids ``(m,)`` to ``(m, width)``.

        The exponential average over all steps so far, if ``average_decay`` asks for it, but that a
        row which the optimizer has set to zero is zero.
        """
        rows = self.gather(ids)
        if self._average is None:
            return rows
        return self._average.read(ids, rows, self.steps)

    def table(self) -> Float32:
        """Return ``average`` of all rows, ``(rows, width)``."""
        table = np.empty((self.rows, self.width), np.float32)
        for chunk, ids in self._chunks():
            table[chunk] = self.average(ids)
        return table

    def state(self) -> dict[str, npt.NDArray[Any]]:
        """Return copies of everything that the next step depends on.

        Returns:
            ``state``: rows and slots side by side, ``(rows, (1 + slots) width)``, and ``count``;
            with averaging also ``average``, ``(rows, width)``, and ``average_step``, ``(rows,)``.
        """
        state = np.empty((self.rows, len(self._parts) * self.width), np.float32)
        for chunk, ids in self._chunks():
            for index, part in enumerate(self._parts):
                state[chunk, self._columns(index)] = tf.gather(part, ids)
        average = {} if self._average is None else self._average.state()
        return {"state": state, "count": self._count.numpy(), **average}

    def restore(self, state: Mapping[str, npt.NDArray[Any]]) -> None:
        """Put back what ``state`` returned.

        Raises:
            InvalidInputError: if it is of a table of another shape or another optimizer.
        """
        array = state["state"]
        expected = (self.rows, len(self._parts) * self.width)
        if array.shape != expected:
            raise InvalidInputError(f"state: must have shape {expected}; received {array.shape}")
        for chunk, ids in self._chunks():
            parts = range(len(self._parts))
            self._write(ids, [array[chunk, self._columns(index)] for index in parts])
        self._count.assign(state["count"])
        if self._average is not None:
            self._average.restore(state)

    def _columns(self, part: int) -> slice:
        return slice(part * self.width, (part + 1) * self.width)

    def _chunks(self) -> Iterator[tuple[slice, npt.NDArray[np.int64]]]:
        for start in range(0, self.rows, CHUNK):
            end = min(start + CHUNK, self.rows)
            yield slice(start, end), np.arange(start, end)

    def _write(self, ids: Any, state: Any) -> None:
        for part, values in zip(self._parts, state, strict=True):
            tf.raw_ops.ResourceScatterUpdate(resource=part.handle, indices=ids, updates=values)
