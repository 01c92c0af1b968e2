"""How far one release's scores are from another's."""

import numpy as np
from numpy.typing import NDArray

from service.array_histogram import Bins

_LIMIT = 12.0
_STEP = 0.05
_LOGITS = np.arange(-_LIMIT, _LIMIT + _STEP, _STEP)
_BOUNDS = (1.0 / (1.0 + np.exp(-_LOGITS))).astype(np.float32)
"""Bounds of the bins, evenly spaced logits."""

GROUPS = 10


class ScoreShift:
    """Histograms of the scores of two releases, and the distance between them.

    The bins are 0.05 wide, in logits; they are joined into at most ten groups of about equally many
    scores before they are compared, or their number would be what is measured.
    """

    def __init__(self) -> None:
        self._live = Bins(_BOUNDS)
        self._canary = Bins(_BOUNDS)

    def add_live(self, probabilities: NDArray[np.float32]) -> None:
        """Count scores of the live release, ``(rows,)``."""
        self._live.observe(probabilities)

    def add_canary(self, probabilities: NDArray[np.float32]) -> None:
        """Count scores of the canary, ``(rows,)``."""
        self._canary.observe(probabilities)

    def index(self) -> float:
        """Return the population stability index; 0 if one of them has no scores."""
        return stability_index(self._live.counts, self._canary.counts)


def stability_index(one: NDArray[np.int64], other: NDArray[np.int64]) -> float:
    """Compare two histograms with the same bins.

        PSI = sum over groups of (p - q) * ln(p / q)

    ``p`` and ``q`` are the shares of a group in each, with half a count added, so that none is zero.
    Below 0.1 is commonly read as no shift, above 0.25 as a large one. Of samples of ``n`` and ``m``
    of the same distribution it is about ``(groups - 1) * (1 / n + 1 / m)``.

    Args:
        one: counts, ``(bins,)``.
        other: counts, ``(bins,)``.

    Returns:
        The index, not negative; 0 if one of them is empty.
    """
    if not one.sum() or not other.sum():
        return 0.0
    pooled = (one / one.sum() + other / other.sum()) / 2.0
    middles = pooled.cumsum() - pooled / 2.0
    groups = np.minimum((middles * GROUPS).astype(np.intp), GROUPS - 1)
    filled = np.unique(groups[pooled > 0.0])
    p, q = (
        _shares(np.bincount(groups, counts, GROUPS)[filled].astype(np.float64))
        for counts in (one, other)
    )
    return float(((p - q) * np.log(p / q)).sum())


def _shares(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    smooth = counts + 0.5
    shares: NDArray[np.float64] = smooth / smooth.sum()
    return shares
