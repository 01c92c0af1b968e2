"""One column of a generated log."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from training.datasets.synthetic.level_hash import hex_names, normal_effects

_FREQUENT = 300.0
"""Effects shrink as 1 / (1 + level / 300): rare levels, which nobody could learn, matter little."""

_KNOTS_PER_E = 1.5
_HEX = np.frombuffer(b"0123456789abcdef", np.uint8)


@dataclass(frozen=True, slots=True)
class SyntheticField:
    """Levels with Zipf-like frequencies and a share of missing values.

        P(level = k) ~ integral from k + 1 to k + 2 of x^-exponent,   k = 0 .. levels - 1

    A categorical level is written as eight hexadecimal digits; a numeric one as the number ``level
    - shift``. The missing value is one level more, the last.

    Args:
        name: the column's name.
        levels: how many levels, the missing one not counted.
        exponent: of the power law; not 1.
        missing: share of missing values.
        numeric: whether levels are numbers.
        shift: what is taken off a numeric level: so many negative values there are.
    """

    name: str
    levels: int
    exponent: float
    missing: float
    numeric: bool = False
    shift: int = 0

    def draw(self, uniform: npt.NDArray[np.float64]) -> npt.NDArray[np.int32]:
        """Turn uniform numbers in [0, 1) into levels, int32, by the inverse of the distribution."""
        power = 1.0 - self.exponent
        top = (self.levels + 1.0) ** power - 1.0
        rest = (uniform - self.missing) / (1.0 - self.missing)
        level = np.power(1.0 + np.maximum(rest, 0.0) * top, 1.0 / power) - 1.0
        drawn = np.minimum(level, self.levels - 1.0).astype(np.int32)
        return np.where(uniform < self.missing, np.int32(self.levels), drawn)

    def shares(self) -> npt.NDArray[np.float64]:
        """Give each level's probability, the missing one last; ``(levels + 1,)``."""
        power = 1.0 - self.exponent
        edges = np.arange(1, self.levels + 2, dtype=np.float64) ** power
        below = (edges - 1.0) / (edges[-1] - 1.0)
        return np.append(np.diff(below) * (1.0 - self.missing), self.missing)

    def texts(self) -> Any:
        """Write every level as it stands in the log, the missing one last: an Arrow array of strings."""
        if self.numeric:
            texts = pa.array(np.arange(self.levels) - self.shift).cast(pa.string())
        else:
            names = hex_names(self.levels, self.name)
            digits = (names[:, None] >> np.arange(28, -4, -4, dtype=np.uint32)) & np.uint32(15)
            texts = pa.array(_HEX[digits].view("S8")[:, 0], pa.binary()).cast(pa.string())
        return pa.concat_arrays([texts, pa.array([""])])

    def effects(self, *key: str | int) -> npt.NDArray[np.float64]:
        """Give each level an effect of mean 0 and variance 1 over the field's distribution.

        A numeric field's effect is a smooth curve of ``log(1 + |value|)`` through hashed knots, so
        that a discretiser loses little of it.

        Args:
            key: what the effect is for; other keys give independent effects.
        """
        if self.numeric:
            value = np.arange(self.levels) - self.shift
            place = np.log1p(np.abs(value)) * _KNOTS_PER_E
            low = place.astype(np.int64)
            knots = normal_effects(int(low.max()) + 2, *key, self.name)
            part = place - low
            raw = knots[low] * (1.0 - part) + knots[low + 1] * part
            if self.shift:
                raw[: self.shift] = normal_effects(self.shift, *key, self.name, "negative")
        else:
            raw = normal_effects(self.levels, *key, self.name)
            raw /= 1.0 + np.arange(self.levels) / _FREQUENT
        raw = np.append(raw, normal_effects(1, *key, self.name, "missing"))
        shares = self.shares()
        raw -= np.sum(shares * raw)
        return raw / np.sqrt(np.sum(shares * raw**2))
