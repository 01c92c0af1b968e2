"""Splits by the order of time."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from model.errors import InvalidInputError
from training.datasets.block import Block, Coded
from training.prepare.bad_lines import BadLines
from training.prepare.split import SPLITS, Split


@dataclass(frozen=True, slots=True)
class TimeSplit:
    """Deals the earliest hours into train, the next into valid, the latest into test.

    Args:
        weights: the shares that were asked for; whole hours come as near to them as they can.
        column: where the time is.
        valid_from: the first hour that is no longer train, as ``2014-10-21T09``.
        test_from: the first hour that is test; an hour after all others is ``~``.
    """

    weights: Split
    column: str
    valid_from: str
    test_from: str

    @classmethod
    def find(
        cls, blocks: Iterable[Block], weights: Split, column: str, bad: BadLines | None = None
    ) -> Self:
        """Count the rows of each hour, and cut where the shares come nearest.

        Memory follows the number of hours.

        A split with a weight above 0 has at least one hour, one with a weight of 0 none.

        Args:
            blocks: of all logs.
            weights: the shares.
            column: where the time is.
            bad: the bad lines of the blocks, which the error then tells.

        Raises:
            InvalidInputError: if there are fewer hours than splits.
        """
        counts: Counter[str] = Counter()
        for block in blocks:
            times = _times(block)
            rows = np.bincount(times.codes, minlength=len(times.texts)).tolist()
            counts.update(dict(zip(times.texts.to_pylist(), rows, strict=True)))
        hours = sorted(hour for hour, rows in counts.items() if rows)
        wanted = [int(share > 0) for share in (weights.train, weights.valid, weights.test)]
        if len(hours) < sum(wanted):
            raise InvalidInputError(
                f"split-by time: the logs must hold an hour for each of {sum(wanted)} splits "
                f"({weights}); received {len(hours)} hours" + (bad.told if bad else "")
            )
        rows_before = [0, *accumulate(counts[hour] for hour in hours)]
        total = weights.train + weights.valid + weights.test
        first, last = wanted[0], len(hours) - wanted[1] - wanted[2]
        if not wanted[0]:
            last = 0
        elif not (wanted[1] or wanted[2]):
            first = len(hours)
        valid = _nearest(rows_before, weights.train / total, first, last)
        first, last = valid + wanted[1], len(hours) - wanted[2]
        if not wanted[1]:
            last = valid
        elif not wanted[2]:
            first = len(hours)
        test = _nearest(rows_before, (weights.train + weights.valid) / total, first, last)
        ends = [*hours, "~"]
        return cls(weights, column, ends[valid], ends[test])

    @property
    def seed(self) -> int:
        """Of the sample's order."""
        return self.weights.seed

    @property
    def timed(self) -> bool:
        """It needs times."""
        return True

    def __str__(self) -> str:
        return f"{self.weights} by time"

    def deal(self, block: Block) -> npt.NDArray[np.uint8]:
        """Give the place in ``SPLITS`` of each row of a block, uint8 ``(rows,)``."""
        times = _times(block)
        places = [
            (hour >= self.valid_from) + (hour >= self.test_from)
            for hour in times.texts.to_pylist()
        ]  # fmt: skip
        return np.array(places, np.uint8)[times.codes]

    def sample_order(self, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.uint64]:
        """Give each row its place in a random order that has nothing to do with the split."""
        return self.weights.sample_order(rows)

    def card(self, names: Sequence[str]) -> dict[str, Any]:
        """Say where it cuts; an hour that no row has is ``None``."""
        starts = {
            f"{split}_from": None if hour == "~" else hour
            for split, hour in zip(SPLITS[1:], (self.valid_from, self.test_from), strict=True)
        }
        weights = {"weights": str(self.weights), "seed": self.seed}
        return {"by": "time", "column": self.column, **starts, **weights}


def _times(block: Block) -> Coded:
    if block.times is None:
        raise InvalidInputError("split-by time: must be given the time of each row; received none")
    return block.times


def _nearest(rows_before: Sequence[int], share: float, first: int, last: int) -> int:
    """Find how many hours, from ``first`` to ``last``, hold the nearest to a share of rows."""
    aim = share * rows_before[-1]
    return min(range(first, last + 1), key=lambda hours: (abs(rows_before[hours] - aim), hours))
