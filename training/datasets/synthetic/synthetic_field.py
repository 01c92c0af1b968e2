"""One column of a generated log."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from training.datasets.synthetic.drift import Drift
from training.datasets.synthetic.level_hash import hex_names, normal_effects

_FREQUENT = 300.0
"""Effects shrink as 1 / (1 + level / 300): rare levels, which nobody could learn, matter little."""

_COME_AND_GO = 2_000
"""Categorical fields with so many levels are of ids, which drift replaces."""

_KNOTS_PER_E = 1.5
STILL = Drift()
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

    @property
    def comes_and_goes(self) -> bool:
        """Whether drift replaces levels."""
        return not self.numeric and self.levels >= _COME_AND_GO

    def texts(self, drift: Drift = STILL) -> Any:
        """Write every level as it stands in the log, the missing one last: an Arrow array of strings."""
        if self.numeric:
            texts = pa.array(np.arange(self.levels) - self.shift).cast(pa.string())
        else:
            codes = np.arange(self.levels)
            if self.comes_and_goes:  # those of another generation are names that no other one has
                codes += self.levels * drift.generation(self.levels, drift.day, self.name)
            names = hex_names(codes.astype(np.uint32), self.name)
            digits = (names[:, None] >> np.arange(28, -4, -4, dtype=np.uint32)) & np.uint32(15)
            texts = pa.array(_HEX[digits].view("S8")[:, 0], pa.binary()).cast(pa.string())
        return pa.concat_arrays([texts, pa.array([""])])

    def effects(self, *key: str | int, drift: Drift = STILL) -> npt.NDArray[np.float64]:
        """Give each level an effect of mean 0 and variance 1 over the field's distribution.

        A numeric field's effect is a smooth curve of ``log(1 + |value|)`` through hashed knots, so
        that a discretiser loses little of it.

        Args:
            key: what the effect is for; other keys give independent effects.
            drift: where the truth is.
        """
        raw = self._raw(*key)
        for day in drift.days:
            kept, new = drift.weights
            raw = kept * raw + new * self._raw(*key, "day", day)
            if self.comes_and_goes:
                before, after = (
                    drift.generation(self.levels, each, self.name) for each in (day - 1, day)
                )
                replaced = np.append(after != before, False)
                raw = np.where(replaced, self._raw(*key, "replaced", day), raw)
        shares = self.shares()
        raw -= np.sum(shares * raw)
        return raw / np.sqrt(np.sum(shares * raw**2))

    def _raw(self, *key: str | int) -> npt.NDArray[np.float64]:
        """Draw an effect per level, the missing one last, neither centred nor scaled."""
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
        return np.append(raw, normal_effects(1, *key, self.name, "missing"))
