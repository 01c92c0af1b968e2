"""Bring a table into memory before it is asked."""

import os
from pathlib import Path

_FILES = ("oov.npy", "fingerprints.npy", "index.npy", "rows.npy")
"""Smallest gain last: a lookup touches three pages of the first ones and one of the rows."""

_PIECE_BYTES = 2**20


def preload(folder: Path, most_bytes: int) -> int:
    """Read a table's files from end to end, so that the system keeps them in its page cache.

    Reading one after the other takes a tenth of the time of reading the same pages as they are
    asked for. A file that does not fit into what is left of ``most_bytes`` stays where it is.

    Args:
        folder: the table's.
        most_bytes: of all files.

    Returns:
        How many bytes were read.

    Raises:
        OSError: if a file cannot be read.
    """
    piece, total = bytearray(_PIECE_BYTES), 0
    for name in _FILES:
        path = folder / name
        if total + path.stat().st_size > most_bytes:
            continue
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            while length := os.readv(descriptor, [piece]):
                total += length
        finally:
            os.close(descriptor)
    return total
