"""What the tiers found for one request."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray


@dataclass(slots=True)
class Embedded:
    """The input of a model, and how it was come by.

    Attributes:
        x0: embedding rows, ``(rows, fields, width)`` float32.
        hits: per tier, what it had; L1 counts values, Redis distinct levels, the table
            distinct values.
        misses: per tier, what it was asked for and did not have.
        rejected: per reason, rows from the cache that were not what was asked for.
        degraded: why a tier failed, one word each; empty if none did.
        pruned: values whose whole row is zero.
        unseen: values that are not in the vocabulary.
        unavailable: distinct levels that a failed tier was asked for.
    """

    x0: NDArray[np.float32]
    hits: dict[str, int] = field(default_factory=dict)
    misses: dict[str, int] = field(default_factory=dict)
    rejected: dict[str, int] = field(default_factory=dict)
    degraded: list[str] = field(default_factory=list)
    pruned: int = 0
    unseen: int = 0
    unavailable: int = 0
