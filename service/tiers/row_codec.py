"""How a row of the table is named and written in Redis."""

import struct
from collections.abc import Iterable

import numpy as np
from farmhash import Fingerprint64
from numpy.typing import NDArray

from model.bundle import PRUNED
from service.tiers.corrupt_row_error import CorruptRowError

MAGIC = b"DYNR"
FLOAT32 = 1
PRUNED_FLAG = 1
_HEADER = struct.Struct("<4sHBBQ")


class RowCodec:
    """Writes and reads the rows of one release.

    The key is ``dynint:``, the first 16 hex digits of the manifest's digest, and the level's
    fingerprint in hex; no braces, so a Cluster spreads a release over its slots. The value is a
    header of 16 bytes (magic, width, dtype, flags, checksum) and the row, little-endian; a pruned
    row has no floats. The checksum covers the whole digest, the fingerprint, the header's other
    fields and the floats, so a row of another release or of another level, or a damaged one, is
    never taken for the row that was asked for.

    Args:
        manifest_digest: identity of the release, in hex.
        width: floats of a row.
    """

    def __init__(self, manifest_digest: str, width: int) -> None:
        self._release = bytes.fromhex(manifest_digest)
        self._prefix = f"dynint:{manifest_digest[:16]}:"
        self._width = width
        self._zeros = bytes(4 * width)

    def key(self, fingerprint: int) -> bytes:
        """Name the row of a level."""
        return f"{self._prefix}{fingerprint:016x}".encode()

    def encode(self, fingerprint: int, row: bytes | None) -> bytes:
        """Write a row.

        Args:
            fingerprint: the level's.
            row: little-endian float32, or ``None`` if it was pruned.
        """
        flags = PRUNED_FLAG if row is None else 0
        floats = row or b""
        checksum = self._checksum(fingerprint, flags, floats)
        return _HEADER.pack(MAGIC, self._width, FLOAT32, flags, checksum) + floats

    def decode(self, fingerprint: int, value: bytes) -> tuple[bytes, bool]:
        """Read a row: its floats (zeros if it was pruned), and whether it was pruned.

        Raises:
            CorruptRowError: if it is not the row of this level in this release, undamaged.
        """
        if len(value) < _HEADER.size:
            raise CorruptRowError("truncated")
        magic, width, dtype, flags, checksum = _HEADER.unpack_from(value)
        if magic != MAGIC or dtype != FLOAT32 or flags not in (0, PRUNED_FLAG):
            raise CorruptRowError("header")
        floats = value[_HEADER.size :]
        if width != self._width or len(floats) != (0 if flags else 4 * width):
            raise CorruptRowError("width")
        if checksum != self._checksum(fingerprint, flags, floats):
            raise CorruptRowError("checksum")
        return (self._zeros, True) if flags else (floats, False)

    def entries(
        self,
        fingerprints: Iterable[int],
        rows: NDArray[np.float32],
        states: NDArray[np.uint8],
    ) -> list[tuple[bytes, bytes]]:
        """Write many rows as pairs of key and value.

        Args:
            fingerprints: the levels', n of them.
            rows: ``(n, width)``.
            states: ``PRESENT`` or ``PRUNED``, ``(n,)``.
        """
        little = rows.astype("<f4", copy=False)
        return [
            (
                self.key(fingerprint),
                self.encode(fingerprint, None if state == PRUNED else row.tobytes()),
            )
            for fingerprint, row, state in zip(fingerprints, little, states.tolist(), strict=True)
        ]

    def _checksum(self, fingerprint: int, flags: int, floats: bytes) -> int:
        covered = struct.pack("<QHBB", fingerprint, self._width, FLOAT32, flags)
        return int(Fingerprint64(self._release + covered + floats))
