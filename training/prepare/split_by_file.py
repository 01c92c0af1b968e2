"""Splits that come as files."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from training.datasets.block import Block
from training.prepare.split import SAMPLE_STREAM, SPLITS, row_hash

LEVELS_ONLY = len(SPLITS)
"""The place of rows whose levels are counted and which are then in no split."""


@dataclass(frozen=True, slots=True)
class FileSplit:
    """Deals every row of a log into the split that the log is.

    Args:
        roles: the place in ``SPLITS`` of each log, or ``LEVELS_ONLY``, in the order in which they are
            read.
        seed: of the sample's order.
    """

    roles: tuple[int, ...]
    seed: int = 1

    @property
    def timed(self) -> bool:
        """It needs no times."""
        return False

    def __str__(self) -> str:
        return "by file"

    def deal(self, block: Block) -> npt.NDArray[np.uint8]:
        """Give the place in ``SPLITS``, or ``LEVELS_ONLY``, of a block's rows, uint8 ``(rows,)``."""
        return np.full(len(block.rows), self.roles[block.place], np.uint8)

    def sample_order(self, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.uint64]:
        """Give each row its place in a random order."""
        return row_hash(rows, self.seed, SAMPLE_STREAM)

    def card(self, names: Sequence[str]) -> dict[str, Any]:
        """Say which files are which split."""
        files = {
            split: [name for name, role in zip(names, self.roles, strict=True) if role == place]
            for place, split in enumerate((*SPLITS, "levels"))
            if split in SPLITS or place in self.roles
        }
        return {"by": "file", **files, "seed": self.seed}

    def may_repeat(self, one: int, other: int) -> bool:
        """Tell whether two logs, by place, may be the same file: one as valid, one as test."""
        return {self.roles[one], self.roles[other]} == {1, 2}
