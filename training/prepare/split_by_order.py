"""Splits by the order of rows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from model.errors import InvalidInputError
from training.datasets.block import Block
from training.prepare.split import SPLITS, Split
from training.prepare.split_by_file import LEVELS_ONLY


@dataclass(frozen=True, slots=True)
class OrderSplit:
    """Deals the first rows into train, the next into valid, the last into test.

    For logs that are written as things happen: what is tested on is later than what is learnt from.

    Args:
        weights: the shares.
        valid_from: number of the first row, over all logs, that is no longer train.
        test_from: number of the first row that is test.
        aside: so many logs, the first, have rows whose levels are counted and which are in no split.
    """

    weights: Split
    valid_from: int
    test_from: int
    aside: int = 0

    @classmethod
    def find(cls, blocks: Iterable[Block], weights: Split, aside: int = 0) -> Self:
        """Count the rows, bad lines among them, and cut those that are not aside.

        Raises:
            InvalidInputError: if a split whose weight is above 0 would have no row.
        """
        before = rows = 0
        for block in blocks:
            if block.place < aside:
                before += block.lines
            else:
                rows += block.lines
        total = weights.train + weights.valid + weights.test
        cuts = [round(rows * share / total) for share in (weights.train, total - weights.test)]
        sizes = (cuts[0], cuts[1] - cuts[0], rows - cuts[1])
        shares = (weights.train, weights.valid, weights.test)
        for name, size, share in zip(SPLITS, sizes, shares, strict=True):
            if share and not size:
                raise InvalidInputError(
                    f"split-by order: the logs must hold rows for each split ({weights}); "
                    f"of {rows:,} lines none is left for {name}"
                )
        return cls(weights, before + cuts[0], before + cuts[1], aside)

    @property
    def seed(self) -> int:
        """Of the sample's order."""
        return self.weights.seed

    @property
    def timed(self) -> bool:
        """It needs no times: the order is that of the lines."""
        return False

    def __str__(self) -> str:
        return f"{self.weights} by order"

    def deal(self, block: Block) -> npt.NDArray[np.uint8]:
        """Give the place in ``SPLITS``, or ``LEVELS_ONLY``, of a block's rows, uint8 ``(rows,)``."""
        if block.place < self.aside:
            return np.full(len(block.rows), LEVELS_ONLY, np.uint8)
        return (block.rows >= self.valid_from).astype(np.uint8) + (block.rows >= self.test_from)

    def sample_order(self, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.uint64]:
        """Give each row its place in a random order that has nothing to do with the split."""
        return self.weights.sample_order(rows)

    def card(self, names: Sequence[str]) -> dict[str, Any]:
        """Say where it cuts."""
        return {
            "by": "order of the rows",
            "valid_from_row": self.valid_from,
            "test_from_row": self.test_from,
            "levels": list(names[: self.aside]),
            "weights": str(self.weights),
            "seed": self.seed,
        }
