"""The port of an optimizer that works on rows of a table."""

from typing import Any, Protocol

import numpy as np


class RowOptimizer(Protocol):
    """What ``SparseTable`` needs of an optimizer.

    A row's state is the row itself followed by the optimizer's slots, each as wide as the row.
    """

    slots: int
    """Number of slots per row."""

    def start(self, rows: np.ndarray) -> tuple[np.ndarray, ...]:
        """Return the slots with which new rows start, each of the shape of ``rows``."""
        ...

    def adopt(self, rows: np.ndarray, slots: tuple[np.ndarray, ...]) -> tuple[np.ndarray, ...]:
        """Return the slots with which rows go on that other hyper-parameters trained.

        The rows stay: the next step starts from them.

        Args:
            rows: ``(m, width)``.
            slots: that they had, each of the same shape.
        """
        ...

    def scale_rate(self, scale: float) -> None:
        """Have the steps from here on use ``scale`` times the step size.

        Raises:
            InvalidInputError: if rows do not follow from their steps alone, but for a scale of 1.
        """
        ...

    def step(self, state: tuple[Any, ...], g: Any, count: Any) -> tuple[Any, ...]:
        """Step rows.

        Args:
            state: rows and slots, each ``(m, width)``.
            g: gradients of the batch's summed loss, ``(m, width)``.
            count: number of this step, from 1, a scalar tensor.

        Returns:
            The new ``state``.
        """
        ...
