"""The port of an optimizer that works on whole variables."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np


class DenseOptimizer(Protocol):
    """What training needs of the optimizer of a network's dense variables."""

    def apply(self, variables: Sequence[Any], gradients: Sequence[Any]) -> None:
        """Step variables by the gradients of the batch's summed loss; inside tf.function."""
        ...

    def scale_rate(self, scale: float) -> None:
        """Have the steps from here on use ``scale`` times the step size.

        Raises:
            InvalidInputError: if weights do not follow from their steps alone, but for a scale of 1.
        """
        ...

    def adopt(self, variables: Sequence[Any]) -> None:
        """After ``restore``: go on with variables that other hyper-parameters trained.

        The variables stay: the next step starts from them.
        """
        ...

    def state(self) -> dict[str, np.ndarray]:
        """Return copies of everything that the next step depends on, by name."""
        ...

    def restore(self, state: Mapping[str, np.ndarray]) -> None:
        """Put back what ``state`` returned."""
        ...
