"""The proof that what is served is what was trained."""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from model.bundle import TOLERANCE, relative_difference
from model.errors import CheckFailedError
from model.export.saved_model import load_model, score
from model.export.served_model import SERVING
from model.wire import HALF_ERROR, SERVING_HALF


def certify(
    folder: Path,
    embeddings: npt.NDArray[np.float32],
    reference: npt.NDArray[np.float64],
    source: str,
) -> dict[str, Any]:
    """Compare the SavedModel on disk, in float32, with the unfolded network in float64.

    Args:
        folder: of the SavedModel.
        embeddings: rows of the trained table, ``(n, fields, width)``.
        reference: the unfolded network's logits in float64, ``(n,)``.
        source: where the rows come from.

    Returns:
        The certificate, for the manifest; ``HALF_ERROR`` says what float16 on the wire does.

    Raises:
        CheckFailedError: if a logit differs by more than ``TOLERANCE * max(1, |logit|)``.
    """
    if not np.isfinite(reference).all():
        raise CheckFailedError(
            "network: logits must be finite; some of the trained network's are not"
        )
    signatures = load_model(folder)
    logits = score(signatures[SERVING], "embeddings", embeddings)
    worst = float(relative_difference(logits, reference).max())
    if not worst <= TOLERANCE:
        raise CheckFailedError(
            f"folding: logits must agree within {TOLERANCE:g} * max(1, |logit|) with the unfolded "
            f"network in float64 on {len(reference):,} rows; the worst differs by {worst:.3g}"
        )
    return {
        "rows": len(reference),
        "source": source,
        "reference": "unfolded network, float64",
        "served": f"SavedModel, {SERVING}, float32",
        "max_relative_difference": worst,
        "max_absolute_difference": float(np.abs(logits - reference).max()),
        "max_absolute_logit": float(np.abs(reference).max()),
        "threshold": TOLERANCE,
        HALF_ERROR: _half_error(signatures[SERVING_HALF], embeddings, reference),
    }


def _half_error(
    signature: Any, embeddings: npt.NDArray[np.float32], reference: npt.NDArray[np.float64]
) -> float:
    """Measure how far float16 on the wire moves a probability; 1.0 if a number does not fit."""
    with np.errstate(over="ignore"):
        halves = embeddings.astype(np.float16)
    logits = score(signature, "embeddings", halves).astype(np.float64)
    if not np.isfinite(logits).all():
        return 1.0
    with np.errstate(over="ignore"):
        moved = np.abs(1.0 / (1.0 + np.exp(-logits)) - 1.0 / (1.0 + np.exp(-reference)))
    return float(moved.max(initial=0.0))
