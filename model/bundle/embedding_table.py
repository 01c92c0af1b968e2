"""The embedding table of a bundle, memory-mapped."""

from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

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

    @property
    def width(self) -> int:
        """Floats of one row."""
        return self.oov.shape[1]

    @property
    def fields(self) -> int:
        """Number of fields."""
        return self.oov.shape[0]

    def lookup(
        self, fingerprints: NDArray[np.uint64], fields: NDArray[np.integer[Any]]
    ) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
        """Find rows and say how each was found.

        Args:
            fingerprints: ``(n,)`` uint64, in any order, repeated or not.
            fields: index of each one's field, ``(n,)`` integers.

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
        place = self.fingerprints.searchsorted(fingerprints)
        np.minimum(place, len(self.fingerprints) - 1, out=place)
        known = self.fingerprints[place] == fingerprints
        row = self.index[place]
        present = known & (row >= 0)
        states[known] = PRUNED
        states[present] = PRESENT
        if present.all():
            return self.rows[row], states
        rows = np.zeros((n, self.width), np.float32)
        rows[present] = self.rows[row[present]]
        unseen = ~known
        rows[unseen] = self.oov[fields[unseen]]
        return rows, states

    def check(self) -> None:
        """Check what digests cannot: order, indices and finite numbers. Reads every byte.

        Raises:
            BundleError: naming the array and the first place that breaks a rule.
        """
        ordered = self.fingerprints[1:] > self.fingerprints[:-1]
        if not ordered.all():
            place = int(ordered.argmin())
            raise BundleError(
                f"embeddings/fingerprints.npy: must ascend strictly; it does not after "
                f"place {place}"
            )
        kept = np.sort(self.index[self.index != -1])
        if len(kept) != len(self.rows) or not np.array_equal(kept, np.arange(len(kept))):
            raise BundleError(
                f"embeddings/index.npy: must name each of the {len(self.rows)} rows once, or -1"
            )
        for name, array in (("rows", self.rows), ("oov", self.oov)):
            finite = np.isfinite(array).all(axis=1)
            if not finite.all():
                place = int(finite.argmin())
                raise BundleError(f"embeddings/{name}.npy: must be finite; row {place} is not")

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
        arrays = []
        for name in _ARRAYS:
            path = folder / f"{name}.npy"
            try:
                mapped = np.load(path, mmap_mode="r", allow_pickle=False)
            except (OSError, ValueError, EOFError) as error:
                raise BundleError(
                    f"{path}: must be an array that can be mapped; {error}"
                ) from error
            arrays.append(np.asarray(mapped))  # a plain view: np.memmap makes each slice slow
        try:
            return cls(*arrays)
        except InvalidInputError as error:
            raise BundleError(f"{folder}: {error}") from error
