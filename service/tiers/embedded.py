"""What the tiers found for one request."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from model.bundle import PRUNED, UNSEEN


@dataclass(slots=True)
class Embedded:
    """The input of a model, and how it was come by.

    Attributes:
        blocks: embedding rows, ``(rows, fields, width)`` float32: one block of whole rows, or the
            context (one row) and the candidates.
        states: how the table knows each value: ``PRESENT``, ``PRUNED`` or ``UNSEEN``,
            ``(fields, rows)`` per block.
        hits: per tier, what it had; L1 counts values, Redis distinct levels, the table
            distinct values.
        misses: per tier, what it was asked for and did not have.
        rejected: per reason, rows from the cache that were not what was asked for.
        degraded: why a tier failed, one word each; empty if none did.
        unavailable: distinct levels that a failed tier was asked for.
    """

    blocks: tuple[NDArray[np.float32], ...]
    states: Sequence[NDArray[np.uint8]]
    hits: dict[str, int] = field(default_factory=dict)
    misses: dict[str, int] = field(default_factory=dict)
    rejected: dict[str, int] = field(default_factory=dict)
    degraded: list[str] = field(default_factory=list)
    unavailable: int = 0

    @property
    def x0(self) -> NDArray[np.float32]:
        """The first block: whole rows, if there is only one."""
        return self.blocks[0]

    @property
    def absences(self) -> tuple[int, int]:
        """How many values have a row of zeros (pruned), and how many are unseen.

        Counted when asked for: after the answer was sent.
        """
        counts = np.zeros(UNSEEN + 1, np.intp)
        for states in self.states:
            counts += np.bincount(states.ravel(), minlength=UNSEEN + 1)
        return int(counts[PRUNED]), int(counts[UNSEEN])
