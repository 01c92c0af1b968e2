"""The check of the signature that measures the gates."""

from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from model.bundle import GATE_SIGNATURE, Bundle
from model.errors import CheckFailedError

TOLERANCE = 0.001
"""Allowed difference of a mean over the golden batch: an output near its bound may be on either
side."""


def check_gates(
    bundle: Bundle, signature: Any, golden: npt.NDArray[np.float32]
) -> dict[str, float]:
    """Measure the gates on the golden batch and compare with what the export had measured.

    Args:
        bundle: its manifest has the export's figures.
        signature: of the SavedModel.
        golden: the golden batch's embedding rows, ``(n, fields, dim)``.

    Returns:
        Mean saturation by layer.

    Raises:
        CheckFailedError: if there is not one share in [0, 1] per row and gate, or a mean differs.
    """
    found = signature(embeddings=tf.constant(golden))["saturation"].numpy()
    layers = bundle.manifest.gated_layers
    if found.shape != (len(golden), len(layers)) or not ((found >= 0) & (found <= 1)).all():
        raise CheckFailedError(
            f"{GATE_SIGNATURE}: must give a share in [0, 1] per row and each of layers "
            f"{', '.join(layers)}; it gives {found.shape}"
        )
    means = dict(zip(layers, found.mean(axis=0, dtype=np.float64).tolist(), strict=True))
    for gate in bundle.manifest.gates:
        measured = means[str(gate["layer"])]
        if not abs(measured - gate["golden"]) <= TOLERANCE:
            raise CheckFailedError(
                f"{GATE_SIGNATURE}: layer {gate['layer']} must be at its bounds in "
                f"{gate['golden']:.4f} of the golden batch; it is in {measured:.4f}"
            )
    return means
