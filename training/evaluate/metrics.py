"""Metrics of labels and logits."""

import numpy as np
import numpy.typing as npt
from sklearn.metrics import roc_auc_score

from model.errors import InvalidInputError

Labels = npt.NDArray[np.float32] | npt.NDArray[np.float64]
Logits = npt.NDArray[np.float32] | npt.NDArray[np.float64]


def check_labels(labels: Labels, logits: Logits) -> None:
    """Check what every metric needs.

    Raises:
        InvalidInputError: unless there is one finite logit per label, labels are 0 or 1, and both
            occur.
    """
    if labels.ndim != 1 or labels.shape != logits.shape:
        raise InvalidInputError(
            f"logits: must be one per label; received {logits.shape} for {labels.shape}"
        )
    positives = int(np.count_nonzero(labels == 1))
    if positives + int(np.count_nonzero(labels == 0)) != len(labels):
        raise InvalidInputError("labels: must be 0 or 1; received another value")
    if not 0 < positives < len(labels):
        raise InvalidInputError(
            f"labels: must hold both classes; received {positives} ones in {len(labels)} rows"
        )
    if not np.isfinite(logits).all():
        raise InvalidInputError("logits: must be finite; received NaN or infinity")


def auc(labels: Labels, logits: Logits) -> float:
    """Return the area under the ROC curve.

        P(logit of a random positive > logit of a random negative) + P(they are equal) / 2

    Logits, not probabilities: in float32 many large logits share the probability 1.

    Raises:
        InvalidInputError: as ``check_labels``.
    """
    check_labels(labels, logits)
    return float(roc_auc_score(labels, logits))


def cross_entropies(labels: Labels, logits: Logits) -> npt.NDArray[np.float64]:
    """Return each row's negative log-likelihood, in float64, ``(n,)``.

        max(s, 0) - s y + log(1 + exp(-|s|))        s: logit

    Nothing is clipped: a confident error costs ``|s|``, and never infinity.
    """
    s = logits.astype(np.float64)
    return np.maximum(s, 0) - s * labels + np.log1p(np.exp(-np.abs(s)))


def log_loss(labels: Labels, logits: Logits) -> float:
    """Return the mean negative log-likelihood, in nats.

    Raises:
        InvalidInputError: as ``check_labels``.
    """
    check_labels(labels, logits)
    return float(np.mean(cross_entropies(labels, logits)))


def base_entropy(labels: Labels) -> float:
    """Return the LogLoss of always answering the positive rate, in nats.

    -(q log q + (1 - q) log(1 - q))        q: positive rate
    """
    q = float(np.mean(labels, dtype=np.float64))
    return float(-(q * np.log(q) + (1 - q) * np.log1p(-q)))


def normalised_entropy(labels: Labels, logits: Logits) -> float:
    """Return the LogLoss over that of always answering the positive rate.

        LogLoss / base_entropy          He et al., Practical Lessons ... (ADKDD 2014), eq. 3

    Raises:
        InvalidInputError: as ``check_labels``.
    """
    return log_loss(labels, logits) / base_entropy(labels)


def probabilities(logits: Logits) -> npt.NDArray[np.float64]:
    """Return ``1 / (1 + exp(-logit))`` in float64, without overflow."""
    s = logits.astype(np.float64)
    small = np.exp(-np.abs(s))
    return np.where(s >= 0, 1.0, small) / (1.0 + small)


def calibration_ratio(labels: Labels, logits: Logits) -> float:
    """Return how many clicks were predicted per click.

        sum(p) / sum(y)

    Raises:
        InvalidInputError: as ``check_labels``.
    """
    check_labels(labels, logits)
    return float(probabilities(logits).sum() / np.sum(labels, dtype=np.float64))
