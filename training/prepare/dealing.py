"""What a way of dealing rows to splits can do."""

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from training.datasets.block import Block


class Dealing(Protocol):
    """Deals rows into train, valid and test."""

    @property
    def seed(self) -> int:
        """Of the random order of rows."""

    @property
    def timed(self) -> bool:
        """Whether it needs the time of each row."""

    def deal(self, block: Block) -> npt.NDArray[np.uint8]:
        """Give the place in ``SPLITS`` of each row of a block, uint8 ``(rows,)``."""

    def sample_order(self, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.uint64]:
        """Give each row its place in a random order that has nothing to do with the split."""

    def card(self, names: Sequence[str]) -> dict[str, Any]:
        """Describe it for the data card; ``names`` are the logs' in order."""
