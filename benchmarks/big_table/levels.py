"""The levels of the big table, and the row of each: both can be computed from a number."""

import numpy as np
from numpy.typing import NDArray

from model.features import Encoder, FeatureSpec, Field

CONTEXT = tuple(f"C{place}" for place in range(1, 27))
CANDIDATE = tuple(f"A{place}" for place in range(1, 14))
NAMES = (*CONTEXT, *CANDIDATE)
WIDTH = 16
MODEL = "big"
MOST = 0.17
"""Largest number of a row: uniform up to it, of standard deviation 0.1."""


def make_spec() -> FeatureSpec:
    """Make 39 categorical fields, 26 of the context and 13 of the candidates."""
    return FeatureSpec(
        (
            *(Field(name, "categorical", "context") for name in CONTEXT),
            *(Field(name, "categorical", "candidate") for name in CANDIDATE),
        ),
        min_count=1,
    )


def levels_of(place: int, rows: int) -> int:
    """Count the levels of a field, so that all fields together have ``rows``."""
    return rows // len(NAMES) + (place < rows % len(NAMES))


def level_names(place: int, ranks: NDArray[np.integer]) -> list[str]:
    """Name levels by their rank of frequency: eight hexadecimal digits, all different."""
    numbers = (ranks.astype(np.uint64) * np.uint64(2654435761) + np.uint64(place * 40503)).tolist()
    return [f"{number & 0xFFFFFFFF:08x}" for number in numbers]


def fingerprints_of(place: int, ranks: NDArray[np.integer]) -> NDArray[np.uint64]:
    """Fingerprint the levels of a field, as requests' values are."""
    return _ENCODERS[place].fingerprints(level_names(place, ranks))


def rows_of(fingerprints: NDArray[np.uint64], version: int) -> NDArray[np.float32]:
    """Compute the rows that a version has for levels, ``(n, WIDTH)``; no two versions agree."""
    factors = np.random.default_rng(version).integers(0, 2**63, WIDTH, np.uint64) * 2 + 1
    mixed = (fingerprints[:, None] * factors.astype(np.uint64)) >> np.uint64(40)  # 24 bits
    return mixed.astype(np.float32) * np.float32(2 * MOST / 2**24) - np.float32(MOST)


def oov_rows(version: int) -> NDArray[np.float32]:
    """Draw the row of each field's unseen levels, ``(fields, WIDTH)``."""
    random = np.random.default_rng((version, 1))
    return random.uniform(-MOST, MOST, (len(NAMES), WIDTH)).astype(np.float32)


_ENCODERS = Encoder(make_spec()).fields
