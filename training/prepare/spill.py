"""Coded rows on disk, between the two passes."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt


class CodedRows(NamedTuple):
    """Rows of one block after the first pass.

    Args:
        rows: row numbers, int64 ``(rows,)``.
        splits: places in ``SPLITS``, uint8 ``(rows,)``.
        labels: float32 ``(rows,)``.
        bayes: planted click probabilities, float64 ``(rows,)``; empty where the truth is not known.
        codes: per field, the level of each row; any unsigned type that holds it.
    """

    rows: npt.NDArray[np.int64]
    splits: npt.NDArray[np.uint8]
    labels: npt.NDArray[np.float32]
    bayes: npt.NDArray[np.float64]
    codes: Sequence[npt.NDArray[np.integer]]


class Spill:
    """A file of coded rows, written once and read once, block by block.

    The second pass reads it in place of the log: nothing is parsed or decompressed twice. It takes 1, 2
    or 4 bytes a value.

    Args:
        path: where to write.
        fields: how many fields a row has.
    """

    def __init__(self, path: Path, fields: int) -> None:
        self._path = path
        self._fields = fields
        self._blocks = 0
        self._file = path.open("wb")

    def write(self, block: CodedRows) -> None:
        """Append a block."""
        arrays: list[npt.NDArray[Any]]
        arrays = [block.rows, block.splits, block.labels, block.bayes, *block.codes]
        for array in arrays:
            np.save(self._file, array, allow_pickle=False)
        self._blocks += 1

    def read(self) -> Iterator[CodedRows]:
        """Give the blocks back in order, then remove the file."""
        self._file.close()
        with self._path.open("rb") as file:
            for _ in range(self._blocks):
                rows, splits, labels, bayes, *codes = (
                    np.load(file, allow_pickle=False) for _ in range(4 + self._fields)
                )
                yield CodedRows(rows, splits, labels, bayes, codes)
        self._path.unlink()

    def close(self) -> None:
        """Let go of the file; the folder's owner removes it."""
        self._file.close()


def narrow(codes: npt.NDArray[np.int32], levels: int) -> npt.NDArray[np.integer]:
    """Store codes below ``levels`` in the least unsigned type that holds them."""
    for dtype in (np.uint8, np.uint16):
        if levels <= np.iinfo(dtype).max + 1:
            return codes.astype(dtype)
    return codes.astype(np.uint32)
