"""How the truth of generated logs moves from day to day."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from model.errors import InvalidInputError
from training.datasets.synthetic.level_hash import uniforms


@dataclass(frozen=True, slots=True)
class Drift:
    """Where the truth is on a day.

    Each day's effects are those of the day before, mixed with new ones of the same variance:

        e_t = sqrt(1 - rate) e_{t-1} + sqrt(rate) new_t

    and in fields of many categorical levels a share ``rate`` of them is replaced: another name, new
    effects, the same frequency.

    Args:
        day: from 0, on which the truth is the one without drift.
        rate: 0 (nothing moves) to below 1.

    Raises:
        InvalidInputError: if an argument breaks its rule.
    """

    day: int = 0
    rate: float = 0.0

    def __post_init__(self) -> None:
        if self.day < 0:
            raise InvalidInputError(f"day: must be at least 0; received {self.day}")
        if not 0.0 <= self.rate < 1.0:
            raise InvalidInputError(f"drift: must be from 0 to below 1; received {self.rate}")

    @property
    def days(self) -> range:
        """The days whose changes have happened; none where nothing moves."""
        return range(1, self.day + 1) if self.rate else range(0)

    @property
    def weights(self) -> tuple[float, float]:
        """The shares of the old effects and of the new ones."""
        return float(np.sqrt(1.0 - self.rate)), float(np.sqrt(self.rate))

    def generation(self, levels: int, day: int, *key: str | int) -> npt.NDArray[np.int64]:
        """Count how often each level was replaced up to a day, ``(levels,)``; never on day 0."""
        return np.floor(uniforms(levels, *key, "replaced") + self.rate * day).astype(np.int64)
