"""Which split a row belongs to."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from model.errors import InvalidInputError
from training.datasets.block import Block

SPLITS = ("train", "valid", "test")

SAMPLE_STREAM = 0x5A3C
"""The stream of hashes that orders the sample."""


def row_hash(rows: npt.NDArray[np.int64], seed: int, stream: int = 0) -> npt.NDArray[np.uint64]:
    """Hash row numbers: the row-th output of a seeded SplitMix64 (Steele et al., OOPSLA 2014).

        x = mix(seed + stream * 2^32) + (row + 1) * 0x9E3779B97F4A7C15      mod 2^64
        hash = mix(x)
        mix(x): x ^= x >> 30; x *= 0xBF58476D1CE4E5B9;
                x ^= x >> 27; x *= 0x94D049BB133111EB; x ^= x >> 31

    Integer arithmetic only, so it is the same on every machine and in any order of rows.
    """
    start = _mix(np.array([(seed + (stream << 32)) % 2**64], np.uint64))
    steps = (rows.astype(np.uint64) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
    return _mix(start + steps)


def _mix(x: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


@dataclass(frozen=True, slots=True)
class Split:
    """Deals rows into train, valid and test by a seeded hash of the row number.

        u = hash / 2^64;   train if u < a,   valid if u < a + b,   else test       (a, b the shares)

    A row's split depends on its number and the seed alone: neither on other rows nor on bad lines
    before it.

    Args:
        train: weight of the training split, not negative; weights are divided by their sum.
        valid: weight of the validation split.
        test: weight of the test split.
        seed: 0 to 2^32 - 1.

    Raises:
        InvalidInputError: if an argument breaks its rule.
    """

    train: float = 70.0
    valid: float = 10.0
    test: float = 20.0
    seed: int = 1

    def __post_init__(self) -> None:
        weights = (self.train, self.valid, self.test)
        if not all(0 <= weight < 1e9 for weight in weights) or sum(weights) <= 0:
            raise InvalidInputError(
                f"split: weights must be numbers from 0, one above 0; received {self}"
            )
        if not 0 <= self.seed < 2**32:
            raise InvalidInputError(f"seed: must be from 0 to 2^32 - 1; received {self.seed}")

    @classmethod
    def parse(cls, text: str, seed: int = 1) -> "Split":
        """Read ``70/10/20``.

        Raises:
            InvalidInputError: if it is not three weights.
        """
        try:
            train, valid, test = (float(part) for part in text.split("/"))
        except ValueError:
            raise InvalidInputError(
                f"split: must be three weights, TRAIN/VALID/TEST, as 70/10/20; received {text!r}"
            ) from None
        return cls(train, valid, test, seed)

    def __str__(self) -> str:
        return f"{self.train:g}/{self.valid:g}/{self.test:g}"

    @property
    def timed(self) -> bool:
        """It needs no times."""
        return False

    def deal(self, block: Block) -> npt.NDArray[np.uint8]:
        """Give the place in ``SPLITS`` of each row of a block, uint8 ``(rows,)``."""
        return self.assign(block.rows)

    def card(self, names: Sequence[str]) -> dict[str, Any]:
        """Describe it for the data card."""
        return {
            "by": "hash of the row number (SplitMix64)",
            "weights": str(self),
            "seed": self.seed,
        }

    def assign(self, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.uint8]:
        """Deal rows: the place in ``SPLITS`` of each row number, uint8 ``(rows,)``."""
        total = self.train + self.valid + self.test
        marks = row_hash(rows, self.seed)
        after_train = _threshold(self.train / total)
        after_valid = _threshold((self.train + self.valid) / total)
        return (marks >= after_train).astype(np.uint8) + (marks >= after_valid)

    def sample_order(self, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.uint64]:
        """Give each row its place in a random order that has nothing to do with the split."""
        return row_hash(rows, self.seed, SAMPLE_STREAM)


def _threshold(share: float) -> np.float64 | np.uint64:
    return np.uint64(int(share * 2**64)) if share < 1 else np.float64(np.inf)
