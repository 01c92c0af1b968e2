"""The embedding table of a bundle, memory-mapped."""

import mmap
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from model.bundle.fingerprint_index import FingerprintIndex
from model.bundle.row_pages import RowPages
from model.bundle.table_checks import check_ascending, check_finite, check_names_each_row
from model.errors import BundleError, InvalidInputError

PRESENT, PRUNED, UNSEEN = 0, 1, 2
"""States of a looked-up level: it has a row; its row is all zeros; it is not in the vocabulary."""

_ARRAYS = {
    "fingerprints": (np.dtype("<u8"), 1),
    "index": (np.dtype("<i4"), 1),
    "rows": (np.dtype("<f4"), 2),
    "oov": (np.dtype("<f4"), 2),
}


class EmbeddingTable:
    """Find the embedding rows of levels by their fingerprint.

    Args:
        fingerprints: every level of the vocabulary, ``(levels,)`` uint64, strictly ascending.
        index: place of a level's row in ``rows``, or -1 if it was pruned, ``(levels,)`` int32.
        rows: the kept rows, ``(kept, width)`` float32.
        oov: one row per field for levels that are not in the vocabulary, ``(fields, width)``
            float32.

    Raises:
        InvalidInputError: if the arrays' types or shapes do not fit together.
    """

    def __init__(
        self,
        fingerprints: NDArray[np.uint64],
        index: NDArray[np.int32],
        rows: NDArray[np.float32],
        oov: NDArray[np.float32],
    ) -> None:
        arrays: list[NDArray[Any]] = [fingerprints, index, rows, oov]
        for name, array in zip(_ARRAYS, arrays, strict=True):
            dtype, dimensions = _ARRAYS[name]
            if array.dtype != dtype or array.ndim != dimensions or not array.flags.c_contiguous:
                raise InvalidInputError(
                    f"{name}: must be a contiguous {dtype} array of {dimensions} dimensions; "
                    f"received {array.dtype} {array.shape}"
                )
        if fingerprints.shape != index.shape or rows.shape[1] != oov.shape[1]:
            raise InvalidInputError(
                "embeddings: fingerprints and index must be of one length, rows and oov of one "
                f"width; received {fingerprints.shape}, {index.shape}, {rows.shape}, {oov.shape}"
            )
        self.fingerprints = fingerprints
        self.index = index
        self.rows = rows
        self.oov = oov
        self._places = FingerprintIndex(fingerprints).places
        self._pages: RowPages | None = None

    @property
    def width(self) -> int:
        """Floats of one row."""
        return self.oov.shape[1]

    @property
    def fields(self) -> int:
        """Number of fields."""
        return self.oov.shape[0]

    def lookup(
        self,
        fingerprints: NDArray[np.uint64],
        fields: NDArray[np.integer[Any]],
        ahead: bool = False,
    ) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
        """Find rows and say how each was found.

        Args:
            fingerprints: ``(n,)`` uint64, in any order, repeated or not.
            fields: index of each one's field, ``(n,)`` integers.
            ahead: whether the rows are likely to be on disk and are asked for all at once.

        Returns:
            Rows ``(n, width)`` float32 and states ``(n,)`` uint8: ``PRESENT``, ``PRUNED`` (zeros)
            or ``UNSEEN`` (the field's OOV row).

        Raises:
            InvalidInputError: if ``fingerprints`` is not uint64 (anything else would be compared as
                float64).
        """
        if fingerprints.dtype != np.uint64:
            raise InvalidInputError(f"fingerprints: must be uint64; received {fingerprints.dtype}")
        n = len(fingerprints)
        states = np.full(n, UNSEEN, np.uint8)
        if len(self.fingerprints) == 0:
            return self.oov[fields], states
        place = self._places(fingerprints)
        known = self.fingerprints.take(place, mode="clip") == fingerprints
        row = self.index.take(place, mode="clip")
        present = known & (row >= 0)
        states[known] = PRUNED
        states[present] = PRESENT
        if ahead and self._pages is not None:
            self._pages.ask_for(row[present])
        if present.all():
            return self.rows.take(row, axis=0), states
        rows = np.zeros((n, self.width), np.float32)
        rows[present] = self.rows.take(row[present], axis=0)
        unseen = ~known
        rows[unseen] = self.oov[fields[unseen]]
        return rows, states

    def expect_single_reads(self) -> None:
        """Tell the system, if the arrays are mapped, that rows are read here and there.

        It then reads the page that is asked for and not megabytes around it. What lookups cost
        while a table is not in memory: ADR 10.
        """
        for name in _ARRAYS:
            mapped = getattr(self, name).base
            if isinstance(mapped, np.memmap):
                mapped = mapped.base
            if isinstance(mapped, mmap.mmap):
                mapped.madvise(mmap.MADV_RANDOM)

    def check(self) -> None:
        """Check what digests cannot: order, indices and finite numbers. Reads every byte.

        Raises:
            BundleError: naming the array and the first place that breaks a rule.
        """
        check_ascending("fingerprints", self.fingerprints)
        check_names_each_row("index", self.index, len(self.rows))
        check_finite("rows", self.rows)
        check_finite("oov", self.oov)

    def save(self, folder: Path) -> None:
        """Write the arrays into a folder, which must exist."""
        for name in _ARRAYS:
            np.save(folder / f"{name}.npy", getattr(self, name), allow_pickle=False)

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Map the arrays of a folder; nothing is read before it is used.

        Raises:
            BundleError: if an array is absent, or not of its type and shape.
        """
        arrays, starts = [], {}
        for name in _ARRAYS:
            path = folder / f"{name}.npy"
            try:
                mapped = np.load(path, mmap_mode="r", allow_pickle=False)
            except (OSError, ValueError, EOFError) as error:
                raise BundleError(
                    f"{path}: must be an array that can be mapped; {error}"
                ) from error
            starts[name] = mapped.offset
            arrays.append(np.asarray(mapped))  # a plain view: np.memmap makes each slice slow
        try:
            table = cls(*arrays)
        except InvalidInputError as error:
            raise BundleError(f"{folder}: {error}") from error
        table._pages = RowPages(folder / "rows.npy", starts["rows"], 4 * table.width)
        return table
