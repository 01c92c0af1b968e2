"""Reads of the last tier, where they disturb least."""

import resource
from asyncio import get_running_loop
from concurrent.futures import Executor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from service.tiers.row_table import RowTable

READERS = 16
"""Threads in which lookups may wait for the disk."""

CALM = 4
"""After so many lookups in a row that hardly read, the table is taken to be in memory."""

HARDLY_BLOCKS = 64
"""Of 512 bytes: eight pages, which take about as long as the way to a thread and back."""

_THREAD = getattr(resource, "RUSAGE_THREAD", resource.RUSAGE_SELF)
Found = tuple[NDArray[np.float32], NDArray[np.uint8]]


class TableReader:
    """Looks levels up on the event loop while the table is in memory, else in a thread.

    A lookup in memory takes less than the way to a thread and back. One that waits for the disk
    would keep every other request waiting. The system tells which it was: it counts for each thread
    what it has read from disk (``ru_inblock``).

    Args:
        table: the release's.
        threads: where lookups wait for the disk; ``None`` looks up on the event loop always.

    Attributes:
        blocks_read: what the last lookup read from disk, in blocks of 512 bytes.
    """

    def __init__(self, table: RowTable, threads: Executor | None) -> None:
        self._table = table
        self._threads = threads
        self._calm = 0
        self.blocks_read = 0

    @property
    def is_calm(self) -> bool:
        """Tell whether lookups are made on the event loop."""
        return self._threads is None or self._calm >= CALM

    async def lookup(
        self, fingerprints: NDArray[np.uint64], fields: NDArray[np.integer[Any]]
    ) -> Found:
        """Look up as the table does.

        Raises:
            OSError: if it cannot be read.
        """
        if self._threads is None or self.is_calm:
            found, self.blocks_read = self._look(fingerprints, fields, False)
        else:
            found, self.blocks_read = await get_running_loop().run_in_executor(
                self._threads, self._look, fingerprints, fields, True
            )
        self._calm = 0 if self.blocks_read > HARDLY_BLOCKS else self._calm + 1
        return found

    def _look(
        self, fingerprints: NDArray[np.uint64], fields: NDArray[np.integer[Any]], ahead: bool
    ) -> tuple[Found, int]:
        """Look up in this thread; also tells how many blocks it read from disk."""
        before = resource.getrusage(_THREAD).ru_inblock
        found = self._table.lookup(fingerprints, fields, ahead)
        return found, resource.getrusage(_THREAD).ru_inblock - before
