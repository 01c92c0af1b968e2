"""Every level's fingerprint in ascending order, on disk, in bounded memory."""

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import numpy as np

from benchmarks.big_table.levels import NAMES, fingerprints_of, levels_of
from benchmarks.big_table.npy_file import npy_file
from model.errors import CheckFailedError

BUCKETS = 64
"""Fingerprints are uniform, so the top bits share them out evenly."""

BLOCK = 1 << 19
_SHIFT = np.uint64(64 - BUCKETS.bit_length() + 1)


def write_sorted_levels(path: Path, rows: int, advance: Callable[[int], None]) -> None:
    """Write the fingerprints of ``rows`` levels: into buckets by their top bits, then each sorted.

    Memory: one block of names, then one bucket, whatever ``rows`` is up to 100 million.

    Args:
        path: of the ``.npy`` file.
        rows: levels over all fields.
        advance: is told how many fingerprints are in their bucket.

    Raises:
        CheckFailedError: if two levels have one fingerprint.
    """
    places = [path.with_name(f"{path.stem}-{bucket}.u8") for bucket in range(BUCKETS)]
    try:
        _fill(places, rows, advance)
        with npy_file(path, "<u8", (rows,)) as file:
            for bucket in places:
                marks = np.fromfile(bucket, np.uint64)
                marks.sort()
                if (marks[1:] == marks[:-1]).any():
                    raise CheckFailedError("levels: two have one fingerprint; change their names")
                file.write(marks.data)
                bucket.unlink()
    finally:
        for bucket in places:
            bucket.unlink(missing_ok=True)


def _fill(places: list[Path], rows: int, advance: Callable[[int], None]) -> None:
    bounds = np.arange(1, BUCKETS, dtype=np.uint64) << _SHIFT
    done = 0
    with ExitStack() as opened:
        files = [opened.enter_context(place.open("wb")) for place in places]
        for field in range(len(NAMES)):
            count = levels_of(field, rows)
            for start in range(0, count, BLOCK):
                marks = fingerprints_of(field, np.arange(start, min(start + BLOCK, count)))
                marks.sort()
                parts = np.split(marks, np.searchsorted(marks, bounds))
                for file, part in zip(files, parts, strict=True):
                    file.write(part.data)
                done += len(marks)
                advance(done)
