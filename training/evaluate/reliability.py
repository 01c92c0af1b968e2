"""Predicted against observed click rates."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from training.evaluate.metrics import Labels

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Reliability:
    """Rows in bins of equal size by their probability.

    Args:
        rows: of each bin, ``(bins,)``.
        predicted: mean probability of each bin.
        observed: click rate of each bin.
    """

    rows: npt.NDArray[np.int64]
    predicted: Floats
    observed: Floats

    @classmethod
    def of(cls, labels: Labels, p: Floats, bins: int = 20) -> Self:
        """Sort rows by probability and cut them in ``bins`` parts; empty parts are left out."""
        order = np.argsort(p, kind="stable")
        bounds = np.unique(np.linspace(0, len(p), bins + 1).astype(np.int64))
        rows = np.diff(bounds)
        predicted = np.add.reduceat(p[order], bounds[:-1]) / rows
        observed = np.add.reduceat(labels[order].astype(np.float64), bounds[:-1]) / rows
        return cls(rows, predicted, observed)

    @property
    def error(self) -> float:
        """The expected calibration error: ``sum_b (n_b / n) |predicted_b - observed_b|``."""
        gap = np.abs(self.predicted - self.observed)
        return float((gap * self.rows).sum() / self.rows.sum())

    def margin(self) -> Floats:
        """Return 1.96 standard errors of each bin's click rate, if its prediction is right."""
        return 1.96 * np.sqrt(self.predicted * (1 - self.predicted) / self.rows)
