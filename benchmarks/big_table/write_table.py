"""The arrays of a version's table, written piece by piece."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks.big_table.levels import WIDTH, oov_rows, rows_of
from benchmarks.big_table.npy_file import npy_file
from model.bundle import EmbeddingTable

BLOCK = 1 << 18


def write_table(
    folder: Path, levels: Path, version: int, advance: Callable[[int], None]
) -> EmbeddingTable:
    """Write the table of a version and map it; memory: one block of rows.

    Args:
        folder: where the arrays go; it must exist.
        levels: what ``write_sorted_levels`` wrote.
        version: decides the rows.
        advance: is told how many rows are written.
    """
    marks = np.load(levels, mmap_mode="r")
    rows = len(marks)
    with (
        npy_file(folder / "fingerprints.npy", "<u8", (rows,)) as fingerprint_file,
        npy_file(folder / "index.npy", "<i4", (rows,)) as index_file,
        npy_file(folder / "rows.npy", "<f4", (rows, WIDTH)) as row_file,
    ):
        for start in range(0, rows, BLOCK):
            block = np.array(marks[start : start + BLOCK])
            fingerprint_file.write(block.data)
            index_file.write(np.arange(start, start + len(block), dtype="<i4").data)
            row_file.write(rows_of(block, version).data)
            advance(start + len(block))
    np.save(folder / "oov.npy", oov_rows(version), allow_pickle=False)
    return EmbeddingTable.open(folder)
