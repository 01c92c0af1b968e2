"""What digests cannot tell of a table's arrays; read block by block, as they may outgrow memory."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.errors import BundleError

BLOCK_BYTES = 2**24


def check_ascending(name: str, array: NDArray[np.uint64]) -> None:
    """Check that numbers ascend strictly.

    Raises:
        BundleError: naming the first place that breaks the rule.
    """
    for start, block in _blocks(array, overlap=1):
        ordered = block[1:] > block[:-1]
        if not ordered.all():
            place = start + int(ordered.argmin())
            raise BundleError(
                f"embeddings/{name}.npy: must ascend strictly; it does not after place {place}"
            )


def check_names_each_row(name: str, index: NDArray[np.int32], rows: int) -> None:
    """Check that every row is named once, and all else is -1; takes a byte per row.

    Raises:
        BundleError: if not.
    """
    named = np.zeros(rows, np.bool_)
    count = 0
    for _, block in _blocks(index):
        kept = block[block != -1]
        count += len(kept)
        if count > rows or (len(kept) and (kept.min() < 0 or kept.max() >= rows)):
            break
        named[kept] = True
    if count != rows or not named.all():
        raise BundleError(f"embeddings/{name}.npy: must name each of the {rows} rows once, or -1")


def check_finite(name: str, array: NDArray[np.float32]) -> None:
    """Check that every number is finite.

    Raises:
        BundleError: naming the first row with one that is not.
    """
    for start, block in _blocks(array):
        finite = np.isfinite(block).all(axis=1)
        if not finite.all():
            place = start + int(finite.argmin())
            raise BundleError(f"embeddings/{name}.npy: must be finite; row {place} is not")


def _blocks(array: NDArray[Any], overlap: int = 0) -> Iterator[tuple[int, NDArray[Any]]]:
    """Cut an array into blocks along its first axis; each with its start."""
    length = max(1, BLOCK_BYTES // max(1, array[:1].nbytes))
    for start in range(0, len(array), length):
        yield start, array[start : start + length + overlap]
