"""Effects as pure functions of (seed, term, field, level).

Any day and any number of rows therefore share the truth.
"""

import hashlib

import numpy as np
import numpy.typing as npt


def normal_effects(levels: int, *key: str | int) -> npt.NDArray[np.float64]:
    """Draw one number per level, nearly standard normal, by hashing ``(key, level)``.

    Four 16-bit parts of a SplitMix64 hash are added up and scaled (Irwin-Hall), which needs no
    special functions and so gives the same floats everywhere.
    """
    x = _hashes(levels, *key)
    parts = [((x >> np.uint64(shift)) & np.uint64(0xFFFF)) for shift in (0, 16, 32, 48)]
    total = np.sum(parts, axis=0, dtype=np.float64) / 65_536.0
    return (total - 2.0) * np.sqrt(3.0)


def uniforms(levels: int, *key: str | int) -> npt.NDArray[np.float64]:
    """Draw one number in [0, 1) per level, by hashing ``(key, level)``."""
    return (_hashes(levels, *key) >> np.uint64(11)).astype(np.float64) * 2.0**-53


def hex_names(levels: npt.NDArray[np.uint32], *key: str | int) -> npt.NDArray[np.uint32]:
    """Give each level a 32-bit name of its own: a bijection of the level, keyed by field."""
    start = np.uint32(int.from_bytes(hashlib.sha256(repr(key).encode()).digest()[:4], "little"))
    x = levels ^ start
    x = (x ^ (x >> np.uint32(16))) * np.uint32(0x85EBCA6B)
    x = (x ^ (x >> np.uint32(13))) * np.uint32(0xC2B2AE35)
    return x ^ (x >> np.uint32(16))


def _hashes(levels: int, *key: str | int) -> npt.NDArray[np.uint64]:
    start = np.uint64(int.from_bytes(hashlib.sha256(repr(key).encode()).digest()[:8], "little"))
    x = start + np.arange(1, levels + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))
