"""Which levels have a row of their own in the embedding table."""

import hashlib
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from model.errors import InvalidInputError
from model.features.feature_spec import MOST_FIELDS, FeatureSpec

MOST_ROWS = 2**31 - 1

_DTYPES: dict[str, np.dtype[Any]] = {
    "fingerprints": np.dtype("<u8"),
    "rows": np.dtype("<i4"),
    "counts": np.dtype("<i8"),
    "fields": np.dtype("<u2"),
}


class Vocabulary:
    """Maps fingerprints to rows of the embedding table.

    Rows 0 to F - 1 are the out-of-vocabulary rows of the F fields. The levels' rows follow, field
    by field and by ascending fingerprint inside a field, so that the numbering does not depend on
    the order of the log.

    A fingerprint alone decides its row. Two levels with the same 64 bits therefore share one row,
    in training and in serving alike: inside a field they are one level; of two fields, the first in
    the spec owns the row and the counts are added. (At a million levels the odds of one such pair
    are 1 in 37 million.)

    Attributes:
        fingerprints: uint64 ``(n,)``, ascending, each once.
        rows: int32 ``(n,)``, the row of each fingerprint, ``n_fields <= row < n_rows``.
        counts: int64 ``(n,)``, how often each was seen in training.
        fields: uint16 ``(n,)``, which field each belongs to.
        n_fields: number of fields F.

    Raises:
        InvalidInputError: if an array breaks these rules.
    """

    def __init__(
        self,
        fingerprints: npt.NDArray[np.uint64],
        rows: npt.NDArray[np.int32],
        counts: npt.NDArray[np.int64],
        fields: npt.NDArray[np.uint16],
        n_fields: int,
    ) -> None:
        self.fingerprints = fingerprints
        self.rows = rows
        self.counts = counts
        self.fields = fields
        self.n_fields = n_fields
        self._check()

    @property
    def n_rows(self) -> int:
        """Rows of the embedding table: one per field and one per level."""
        return self.n_fields + len(self.fingerprints)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the content, in hexadecimal."""
        digest = hashlib.sha256(f"dynint vocabulary 1 {self.n_fields}".encode())
        for name, dtype in _DTYPES.items():
            digest.update(np.ascontiguousarray(getattr(self, name), dtype).data)
        return digest.hexdigest()

    @classmethod
    def from_counts(
        cls,
        spec: FeatureSpec,
        counts: Sequence[tuple[npt.NDArray[np.uint64], npt.NDArray[np.int64]]],
        carried: "Vocabulary | None" = None,
    ) -> Self:
        """Keep the levels seen at least ``spec.min_count`` times.

        With a vocabulary that is carried on, its levels are kept if they were seen at all: each has
        a row that was trained.

        Args:
            spec: the fields and the threshold.
            counts: per field, fingerprints and how often each was seen, in any order; a fingerprint
                that comes twice has its counts added.
            carried: an earlier vocabulary of the same fields.

        Raises:
            InvalidInputError: if there is not one pair of equally long arrays per field, or too
                many levels, or ``carried`` is of another number of fields.
        """
        if len(counts) != len(spec.fields):
            raise InvalidInputError(
                f"counts: must be one pair per field ({len(spec.fields)}); received {len(counts)}"
            )
        if carried is not None and carried.n_fields != len(spec.fields):
            raise InvalidInputError(
                f"carried: must be of the spec's {len(spec.fields)} fields; "
                f"received one of {carried.n_fields}"
            )
        levels = None if carried is None else carried.fingerprints
        kept = [_kept(*pair, spec.min_count, levels) for pair in counts]
        fingerprints = np.concatenate([marks for marks, _ in kept])
        seen = np.concatenate([count for _, count in kept])
        fields = np.repeat(np.arange(len(kept), dtype=np.uint16), [len(marks) for marks, _ in kept])
        # Stable: of equal fingerprints in two fields the first field's comes first, so it owns.
        order = np.argsort(fingerprints, kind="stable")
        fingerprints, starts = np.unique(fingerprints[order], return_index=True)
        owners = order[starts]
        totals = np.add.reduceat(seen[order], starts) if len(starts) else seen
        rows = np.empty(len(owners), np.int32)
        rows[np.argsort(owners)] = np.arange(len(owners), dtype=np.int32) + len(kept)
        return cls(fingerprints, rows, totals, fields[owners], len(kept))

    def rows_of(self, fingerprints: npt.NDArray[np.uint64]) -> npt.NDArray[np.int32]:
        """Look up rows; a fingerprint that is not in the vocabulary has its field's row.

        Args:
            fingerprints: uint64 ``(..., fields)``, in the order of the spec's fields.

        Returns:
            Rows, int32 ``(..., fields)``.

        Raises:
            InvalidInputError: if the array is not uint64 or its last axis is not the fields.
        """
        if fingerprints.ndim == 0 or fingerprints.shape[-1] != self.n_fields:
            raise InvalidInputError(
                f"fingerprints: last axis must be {self.n_fields} fields; "
                f"received shape {fingerprints.shape}"
            )
        return self._lookup(fingerprints, np.arange(self.n_fields, dtype=np.int32))

    def rows_of_field(
        self, field: int, fingerprints: npt.NDArray[np.uint64]
    ) -> npt.NDArray[np.int32]:
        """Look up rows of one field's fingerprints, of any shape; as ``rows_of``.

        Raises:
            InvalidInputError: if there is no such field or the array is not uint64.
        """
        if not 0 <= field < self.n_fields:
            raise InvalidInputError(
                f"field: must be from 0 to {self.n_fields - 1}; received {field}"
            )
        return self._lookup(fingerprints, np.int32(field))

    def save(self, path: str | Path) -> None:
        """Write an uncompressed ``.npz``; equal vocabularies give equal bytes."""
        with Path(path).open("wb") as file:
            np.savez(
                file,
                n_fields=np.asarray(self.n_fields, "<i8"),
                fingerprints=self.fingerprints,
                rows=self.rows,
                counts=self.counts,
                fields=self.fields,
            )

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Read what ``save`` wrote.

        Raises:
            InvalidInputError: if the file is not a vocabulary.
            FileNotFoundError: if there is no such file.
        """
        try:
            with Path(path).open("rb") as file, np.load(file, allow_pickle=False) as content:
                arrays = {name: content[name] for name in _DTYPES}
                n_fields = int(content["n_fields"])
            return cls(**arrays, n_fields=n_fields)
        except (FileNotFoundError, PermissionError):
            raise
        except Exception as error:  # a broken file makes the readers of zip and npy raise anything
            raise InvalidInputError(
                f"{path}: must be a whole vocabulary file; received {type(error).__name__}: {error}"
            ) from error

    def _lookup(
        self, fingerprints: npt.NDArray[np.uint64], absent: npt.NDArray[np.int32] | np.int32
    ) -> npt.NDArray[np.int32]:
        if fingerprints.dtype != np.uint64:
            raise InvalidInputError(f"fingerprints: must be uint64; received {fingerprints.dtype}")
        if not len(self.fingerprints):
            return np.broadcast_to(absent, fingerprints.shape).copy()
        places = np.searchsorted(self.fingerprints, fingerprints)
        places[places == len(self.fingerprints)] = 0
        found = self.fingerprints[places] == fingerprints
        return np.where(found, self.rows[places], absent)

    def _check(self) -> None:
        for name, dtype in _DTYPES.items():
            array = getattr(self, name)
            if array.dtype != dtype or array.shape != (len(self.fingerprints),):
                raise InvalidInputError(
                    f"{name}: must be {dtype.name} of shape ({len(self.fingerprints)},); "
                    f"received {array.dtype} of shape {array.shape}"
                )
        if not 1 <= self.n_fields <= MOST_FIELDS:
            raise InvalidInputError(
                f"n_fields: must be 1 to {MOST_FIELDS}; received {self.n_fields}"
            )
        if self.n_rows > MOST_ROWS:
            raise InvalidInputError(f"rows: must be at most {MOST_ROWS}; received {self.n_rows}")
        if np.any(self.fingerprints[1:] <= self.fingerprints[:-1]):
            raise InvalidInputError("fingerprints: must ascend, each once; received another order")
        if len(self.counts) and int(self.counts.min()) < 1:
            raise InvalidInputError(
                f"counts: must be at least 1; received {int(self.counts.min())}"
            )
        if len(self.fields) and int(self.fields.max()) >= self.n_fields:
            raise InvalidInputError(
                f"fields: must be below {self.n_fields}; received {int(self.fields.max())}"
            )
        order = np.argsort(self.fields, kind="stable")  # fingerprints ascend already
        if not np.array_equal(self.rows[order], np.arange(self.n_fields, self.n_rows)):
            raise InvalidInputError(
                "rows: must number the levels field by field, by fingerprint; "
                "received another numbering"
            )


def _kept(
    fingerprints: npt.NDArray[Any],
    counts: npt.NDArray[Any],
    min_count: int,
    carried: npt.NDArray[np.uint64] | None,
) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.int64]]:
    """Add up equal fingerprints, drop the rare ones that are not carried on, sort the rest."""
    if fingerprints.dtype != np.uint64 or fingerprints.ndim != 1:
        raise InvalidInputError(
            "counts: fingerprints must be uint64 with one dimension; "
            f"received {fingerprints.dtype} of shape {fingerprints.shape}"
        )
    if counts.shape != fingerprints.shape or counts.dtype.kind not in "iu":
        raise InvalidInputError(
            f"counts: must be integers of shape {fingerprints.shape}; "
            f"received {counts.dtype} of shape {counts.shape}"
        )
    order = np.argsort(fingerprints)
    marks, starts = np.unique(fingerprints[order], return_index=True)
    if not len(marks):
        return marks, np.empty(0, np.int64)
    totals = np.add.reduceat(counts[order].astype(np.int64), starts)
    enough = totals >= min_count
    if carried is not None:
        enough |= (totals > 0) & np.isin(marks, carried)
    return marks[enough], totals[enough]
