"""The port of the last tier, and its fake."""

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from model.bundle import PRESENT, PRUNED, UNSEEN


class RowTable(Protocol):
    """Knows every level of a release; ``model.bundle.EmbeddingTable`` is one."""

    @property
    def width(self) -> int:
        """Floats of a row."""
        ...

    @property
    def fields(self) -> int:
        """Number of fields."""
        ...

    def lookup(
        self,
        fingerprints: NDArray[np.uint64],
        fields: NDArray[np.integer[Any]],
        ahead: bool = False,
    ) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
        """Return rows ``(n, width)`` and states ``(n,)``: ``PRESENT``, ``PRUNED`` or ``UNSEEN``.

        With ``ahead`` the rows are taken to be on disk, and all are asked for before one is read.

        Raises:
            OSError: if it cannot be read.
        """
        ...


class InMemoryRowTable:
    """The fake: a dict from fingerprint to row.

    Args:
        rows: the levels; a row of zeros is a pruned one.
        oov: row of each field's unseen levels, ``(fields, width)``.

    Attributes:
        looked_up: how many levels were asked for so far.
        broken: raise ``OSError`` on the next lookups.
    """

    def __init__(self, rows: Mapping[int, NDArray[np.float32]], oov: NDArray[np.float32]) -> None:
        self._rows = dict(rows)
        self._oov = oov
        self.looked_up = 0
        self.broken = False

    @property
    def width(self) -> int:
        """Floats of a row."""
        return self._oov.shape[1]

    @property
    def fields(self) -> int:
        """Number of fields."""
        return self._oov.shape[0]

    def lookup(
        self,
        fingerprints: NDArray[np.uint64],
        fields: NDArray[np.integer[Any]],
        ahead: bool = False,
    ) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
        """Look up in the dict."""
        if self.broken:
            raise OSError("the disk is gone")
        self.looked_up += len(fingerprints)
        found = [self._rows.get(fingerprint) for fingerprint in fingerprints.tolist()]
        rows = np.array(
            [
                self._oov[field] if row is None else row
                for field, row in zip(fields, found, strict=True)
            ],
            np.float32,
        ).reshape(len(found), self.width)
        states = [UNSEEN if row is None else PRESENT if row.any() else PRUNED for row in found]
        return rows, np.array(states, np.uint8)
