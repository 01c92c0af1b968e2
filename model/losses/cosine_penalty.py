"""The orthogonality penalty of the dynamic parameters."""

from typing import Any

import keras
import numpy as np
from keras import ops


def cosine_penalty(vectors: Any) -> Any:
    """Add up the absolute cosines of all pairs of vectors.

        sum_{p > q} |cos(u_p, u_q)|      DynInt (DLP-KDD 2022), eq. 11 and 12, a layer's u or v

    A cosine with a zero vector is 0, and so is its gradient: FTRL makes zero columns.

    Args:
        vectors: ``(..., K, rows)``, one vector a line; the columns of eq. 11 come transposed.

    Returns:
        ``(...)``.
    """
    vectors = ops.convert_to_tensor(vectors)
    squares = ops.sum(vectors * vectors, axis=-1, keepdims=True)
    present = squares > float(np.finfo(keras.backend.standardize_dtype(vectors.dtype)).tiny)
    units = ops.where(present, vectors, 0.0) * ops.rsqrt(ops.where(present, squares, 1.0))
    cosines = ops.matmul(units, ops.swapaxes(units, -1, -2))  # (..., K, K)
    pairs = np.tri(vectors.shape[-2], k=-1, dtype="float32")
    return ops.sum(ops.abs(cosines) * ops.cast(pairs, cosines.dtype), axis=(-2, -1))
