"""How a row of the table is named and written in Redis."""

from collections.abc import Sequence

import numpy as np
from farmhash import Fingerprint64
from numpy.typing import NDArray

from model.bundle import PRESENT, PRUNED
from service.tiers.decoded_rows import DecodedRows

MAGIC = b"DYNR"
FLOAT32 = 1
PRUNED_FLAG = 1
HEADER = 16
_HEADER = [("magic", "S4"), ("width", "<u2"), ("dtype", "u1"), ("flags", "u1"), ("checksum", "<u8")]
# Odd constants and shifts of SplitMix64's output function (Steele, Lea, Flood 2014): a bijection.
_SPREAD = np.uint64(0x9E3779B97F4A7C15)
_MIX_1, _MIX_2 = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)


class RowCodec:
    """Writes and reads the rows of one release, many at a time.

    The key is ``dynint:``, the first 16 hex digits of the manifest's digest, and the level's
    fingerprint in hex; no braces, so a Cluster spreads a release over its slots. The value is a
    header of 16 bytes (magic, width, dtype, flags, checksum) and the row, little-endian; a pruned
    row has no floats. The checksum is::

        mix(farm(floats) ^ mix(farm(digest, width, dtype, flags) ^ fingerprint * odd))

    with ``mix`` a bijection of 64 bits. So floats that belong to another fingerprint or, of equal
    fingerprint, to another release always have another checksum, and a damaged row has with odds
    of 1 - 2^-64: none of them is ever taken for the row that was asked for.

    Args:
        manifest_digest: identity of the release, in hex.
        width: floats of a row.
    """

    def __init__(self, manifest_digest: str, width: int) -> None:
        self._prefix = f"dynint:{manifest_digest[:16]}:".encode()
        self._width = width
        self._record = np.dtype([*_HEADER, ("floats", "<f4", (width,))])
        release = bytes.fromhex(manifest_digest)
        self._salts = [
            np.uint64(Fingerprint64(release + bytes([width & 255, width >> 8, FLOAT32, flags])))
            for flags in (0, PRUNED_FLAG)
        ]
        self._no_floats = np.uint64(Fingerprint64(b""))

    def keys(self, fingerprints: NDArray[np.uint64]) -> list[bytes]:
        """Name the rows of levels, ``(n,)``."""
        digits = fingerprints.astype(">u8").tobytes().hex().encode()
        prefix = self._prefix
        return [prefix + digits[start : start + 16] for start in range(0, len(digits), 16)]

    def encode(
        self,
        fingerprints: NDArray[np.uint64],
        rows: NDArray[np.float32],
        states: NDArray[np.uint8],
    ) -> list[bytes]:
        """Write rows.

        Args:
            fingerprints: the levels', ``(n,)``.
            rows: ``(n, width)``.
            states: ``PRESENT`` or ``PRUNED``, ``(n,)``.
        """
        records = np.zeros(len(fingerprints), self._record)
        records["magic"], records["width"], records["dtype"] = MAGIC, self._width, FLOAT32
        records["floats"] = rows
        pruned = states == PRUNED
        records["flags"] = np.where(pruned, PRUNED_FLAG, 0)
        floats = np.ascontiguousarray(records["floats"]).tobytes()
        size = 4 * self._width
        hashes = np.fromiter(
            (Fingerprint64(floats[start : start + size]) for start in range(0, len(floats), size)),
            np.uint64,
            len(records),
        )
        hashes[pruned] = self._no_floats
        records["checksum"] = self._checksums(fingerprints, hashes, pruned)
        data, whole = records.tobytes(), self._record.itemsize
        return [
            data[start : start + (HEADER if short else whole)]
            for start, short in zip(range(0, len(data), whole), pruned.tolist(), strict=True)
        ]

    def decode(
        self, fingerprints: NDArray[np.uint64], values: Sequence[bytes | None]
    ) -> DecodedRows:
        """Read rows; what is not the row of its level in this release, undamaged, is rejected.

        Args:
            fingerprints: the levels', ``(n,)``.
            values: as they came, n of them; ``None`` if there is none.
        """
        result = DecodedRows.nothing(len(values), self._width)
        whole = self._record.itemsize
        sizes = np.fromiter(
            (-1 if value is None else len(value) for value in values), np.int64, len(values)
        )
        result.reject("truncated", (sizes >= 0) & (sizes < HEADER))
        result.reject("width", (sizes >= HEADER) & (sizes != HEADER) & (sizes != whole))
        for size, pruned in ((whole, False), (HEADER, True)):
            places = np.flatnonzero(sizes == size)
            if len(places):
                self._decode_alike(fingerprints, values, places, pruned, result)
        return result

    def _decode_alike(
        self,
        fingerprints: NDArray[np.uint64],
        values: Sequence[bytes | None],
        places: NDArray[np.intp],
        pruned: bool,
        result: DecodedRows,
    ) -> None:
        """Read the values at some places, all of the size of a pruned row or all of a whole one."""
        taken = [value for place in places.tolist() if (value := values[place]) is not None]
        joined = b"".join(taken)
        records = np.frombuffer(joined, np.dtype(_HEADER) if pruned else self._record)
        known = (records["magic"] == MAGIC) & (records["dtype"] == FLOAT32)
        known &= records["flags"] == (PRUNED_FLAG if pruned else 0)
        fits = records["width"] == self._width
        if pruned:
            hashes = np.full(len(taken), self._no_floats)
        else:
            hashes = np.fromiter(
                (Fingerprint64(value[HEADER:]) for value in taken), np.uint64, len(taken)
            )
        flags = np.full(len(taken), pruned)
        right = records["checksum"] == self._checksums(fingerprints[places], hashes, flags)
        result.reject("header", ~known)
        result.reject("width", known & ~fits)
        result.reject("checksum", known & fits & ~right)
        good = known & fits & right
        result.valid[places[good]] = True
        if not pruned:
            result.rows[places[good]] = records["floats"][good]
        result.states[places[good]] = PRUNED if pruned else PRESENT

    def _checksums(
        self,
        fingerprints: NDArray[np.uint64],
        hashes: NDArray[np.uint64],
        pruned: NDArray[np.bool_],
    ) -> NDArray[np.uint64]:
        salts = np.where(pruned, self._salts[PRUNED_FLAG], self._salts[0])
        return _mix(hashes ^ _mix(salts ^ (fingerprints * _SPREAD)))


def _mix(bits: NDArray[np.uint64]) -> NDArray[np.uint64]:
    bits = (bits ^ (bits >> np.uint64(30))) * _MIX_1
    bits = (bits ^ (bits >> np.uint64(27))) * _MIX_2
    return bits ^ (bits >> np.uint64(31))
