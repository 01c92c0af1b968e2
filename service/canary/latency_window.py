"""How long the last requests took."""

import numpy as np

WINDOW = 1000
"""So many requests of each release are compared by their times."""


class LatencyWindow:
    """The last so many times, for their quantiles.

    Args:
        size: how many.

    Attributes:
        count: how many there were since the beginning.
    """

    __slots__ = ("_seconds", "count")

    def __init__(self, size: int = WINDOW) -> None:
        self._seconds = [0.0] * size  # an array would take three times as long to write to
        self.count = 0

    def add(self, seconds: float) -> None:
        """Add a time; the oldest one goes if the window is full."""
        self._seconds[self.count % len(self._seconds)] = seconds
        self.count += 1

    def quantile(self, share: float) -> float:
        """Return the time that ``share`` of the last requests did not exceed, in seconds; 0 if none."""
        there = self._seconds[: self.count]
        return float(np.quantile(there, share)) if len(there) else 0.0
