"""Two models on the same rows: how sure is the difference?"""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from training.evaluate.metrics import Labels, Logits, auc, check_labels, cross_entropies

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Difference:
    """Candidate minus live.

    Attributes:
        candidate, live: the metric of each.
        difference: of them.
        low, high: bounds of the central interval of the resampled differences.
    """

    candidate: float
    live: float
    difference: float
    low: float
    high: float

    def to_json(self) -> dict[str, Any]:
        """Return a JSON object."""
        return asdict(self)


@dataclass(frozen=True)
class Paired:
    """What resampling the rows says of two models.

    Attributes:
        auc, log_loss: differences; a better candidate has a higher AUC and a lower LogLoss.
        rows: how many rows there are.
        samples: how often they were resampled.
        level: share of the resampled differences that is within the bounds.
    """

    auc: Difference
    log_loss: Difference
    rows: int
    samples: int
    level: float


def paired_bootstrap(
    labels: Labels,
    candidate: Logits,
    live: Logits,
    samples: int = 200,
    level: float = 0.9,
    seed: int = 1,
) -> Paired:
    """Resample rows with replacement, both models' alike (Efron's percentile interval).

    A resample is a weight for each row, Poisson with mean 1: for many rows the same as drawing them.
    So the rows are sorted once per model, and a resample costs two cumulative sums.

    Args:
        labels: 0 or 1, ``(n,)``.
        candidate: logits of one model, ``(n,)``.
        live: of the other.
        samples: how many resamples.
        level: of the central interval; both its tails together are the rest.
        seed: of the resamples.

    Raises:
        InvalidInputError: as ``auc``.
    """
    check_labels(labels, candidate)
    check_labels(labels, live)
    losses = [cross_entropies(labels, logits) for logits in (candidate, live)]
    curves = [_Ranked.of(labels, logits) for logits in (candidate, live)]
    source = np.random.default_rng(seed)
    aucs, losses_of = np.empty(samples), np.empty(samples)
    gap = losses[0] - losses[1]
    for place in range(samples):
        weights = source.poisson(1.0, len(labels)).astype(np.float64)
        aucs[place] = curves[0].auc(weights) - curves[1].auc(weights)
        losses_of[place] = float(weights @ gap) / weights.sum()
    tails = [(1 - level) / 2, (1 + level) / 2]

    def difference(one: float, other: float, found: Floats) -> Difference:
        known = found[np.isfinite(found)]  # a resample without clicks has no AUC
        low, high = np.quantile(known, tails) if len(known) else (-np.inf, np.inf)
        return Difference(one, other, one - other, float(low), float(high))

    return Paired(
        difference(auc(labels, candidate), auc(labels, live), aucs),
        difference(float(losses[0].mean()), float(losses[1].mean()), losses_of),
        len(labels),
        samples,
        level,
    )


@dataclass(frozen=True)
class _Ranked:
    """Rows in the order of a model's logits, those of equal logits together."""

    order: npt.NDArray[np.int64]
    starts: npt.NDArray[np.int64]
    clicks: Floats

    @classmethod
    def of(cls, labels: Labels, logits: Logits) -> "_Ranked":
        order = np.argsort(logits, kind="stable")
        ranked = logits[order]
        starts = np.flatnonzero(np.concatenate(([True], ranked[1:] != ranked[:-1])))
        return cls(order, starts, labels[order].astype(np.float64))

    def auc(self, weights: Floats) -> float:
        """Return the weighted area under the ROC curve; NaN without clicks or without others."""
        weights = weights[self.order]
        clicks = np.add.reduceat(weights * self.clicks, self.starts)
        others = np.add.reduceat(weights, self.starts) - clicks
        below = np.cumsum(others) - others
        pairs = float(clicks.sum() * others.sum())
        return float(clicks @ (below + others / 2)) / pairs if pairs else float("nan")
