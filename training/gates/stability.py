"""How far one distribution is from another: the population stability index."""

import numpy as np
import numpy.typing as npt

Counts = npt.NDArray[np.int64]

ABSENT = 0.5
"""Rows that an empty bin is taken to have, so that a level that vanished gives no infinity."""


def stability_index(expected: Counts, found: Counts) -> float:
    """Return the population stability index of two histograms over the same bins.

        PSI = sum_b (q_b - p_b) ln(q_b / p_b)      p, q: shares of ``expected`` and ``found``

    Below 0.1 is usually read as no change, above 0.25 as another population.

    Args:
        expected: rows by bin, ``(bins,)``.
        found: the same of the other rows.
    """
    p, q = _shares(expected), _shares(found)
    return float(np.sum((q - p) * np.log(q / p)))


def _shares(counts: Counts) -> npt.NDArray[np.float64]:
    filled = np.maximum(counts.astype(np.float64), ABSENT)
    return filled / filled.sum()


def bins_of_levels(expected: Counts, bins: int) -> Counts:
    """Put the levels of a field into bins, frequent ones alone, rare ones together.

    A level with fewer than ``1 / bins`` of the rows says more of chance than of drift. From the most
    frequent level down, a bin is closed as soon as it has that share; what is left is the last one's.

    Args:
        expected: rows by level, ``(levels,)``.
        bins: the most that there can be.

    Returns:
        The bin of each level, from 0, ``(levels,)``.
    """
    order = np.argsort(-expected, kind="stable")
    share = expected.sum() / bins
    found = np.empty(len(expected), np.int64)
    place, filled = 0, 0
    for level in order.tolist():
        if filled and filled >= share and expected[level]:
            place, filled = place + 1, 0
        found[level] = place
        filled += int(expected[level])
    return found
