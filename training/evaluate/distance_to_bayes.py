"""How far a model is from the best any model could be, on a log whose truth is known."""

import numpy as np
import numpy.typing as npt

from training.evaluate.metrics import Labels, Logits, auc, log_loss, probabilities


def distance_to_bayes(
    labels: Labels, logits: Logits, truth: npt.NDArray[np.float64]
) -> dict[str, float]:
    """Compare with the true probabilities of a generated log.

    Args:
        labels: drawn from ``truth``.
        logits: of the model.
        truth: true click probability of each row, in (0, 1).

    Returns:
        ``auc`` and ``log_loss`` of the truth on these rows, the model's distances ``auc_gap`` and
        ``log_loss_gap`` (both positive if the model is worse) and ``probability_error``, the mean
        of ``|p - truth|``.

    Raises:
        InvalidInputError: as ``check_labels``.
    """
    best = np.log(truth) - np.log1p(-truth)
    bayes_auc, bayes_loss = auc(labels, best), log_loss(labels, best)
    return {
        "auc": bayes_auc,
        "log_loss": bayes_loss,
        "auc_gap": bayes_auc - auc(labels, logits),
        "log_loss_gap": log_loss(labels, logits) - bayes_loss,
        "probability_error": float(np.mean(np.abs(probabilities(logits) - truth))),
    }
