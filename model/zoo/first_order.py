"""What the networks with a first-order part share."""

from dataclasses import dataclass
from typing import Any

from keras import ops

from model.zoo.deep_config import DeepConfig


@dataclass(frozen=True)
class FirstOrderConfig(DeepConfig):
    """Size of a network with a first-order part and a deep one."""

    @property
    def row_width(self) -> int:
        """One weight, and ``D``."""
        return 1 + self.dim


def first_order(rows: Any) -> tuple[Any, Any]:
    """Take rows of a weight and a vector apart.

    Args:
        rows: ``(batch, fields, 1 + D)``.

    Returns:
        The sums ``sum_f w_f``, ``(batch,)``, and the vectors, ``(batch, fields, D)``.
    """
    return ops.sum(rows[:, :, 0], axis=1), rows[:, :, 1:]
