"""Ask the system for rows of a file before they are read."""

import os
import weakref
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

_SHIFT = 12
_PAGE = 1 << _SHIFT


class RowPages:
    """The pages that rows of a file lie on.

    One thread that reads row after row waits for the disk once per row. If all are asked for first,
    the disk works on them at the same time.

    Args:
        path: the file.
        start: where its first row begins, in bytes.
        row_bytes: of one row.

    Raises:
        OSError: if it cannot be opened.
    """

    def __init__(self, path: Path, start: int, row_bytes: int) -> None:
        self._start, self._row_bytes = start, row_bytes
        self._descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        weakref.finalize(self, os.close, self._descriptor)

    def ask_for(self, rows: NDArray[np.integer[Any]]) -> None:
        """Begin to read the pages of rows that are not in memory, and do not wait for them."""
        if not hasattr(os, "posix_fadvise"):
            return
        first = rows.astype(np.int64) * self._row_bytes + self._start
        last = first + (self._row_bytes - 1)
        for page in np.unique(np.concatenate([first, last]) >> _SHIFT).tolist():
            os.posix_fadvise(self._descriptor, page << _SHIFT, _PAGE, os.POSIX_FADV_WILLNEED)
