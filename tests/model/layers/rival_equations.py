"""Equations of other papers' gates, literally, in NumPy: one instance at a time."""

import numpy as np

from tests.model.layers.equations import sigmoid


def gated_embeddings(gate, X_0):
    """GateNet: ``ge_f = e_f * sigmoid(W_f e_f)``."""
    kernel = np.asarray(gate.kernel)
    result = np.empty_like(X_0)
    for i in range(len(X_0)):
        for f in range(X_0.shape[1]):
            W_f = kernel[0 if gate.field_sharing else f].T
            result[i, f] = X_0[i, f] * sigmoid(W_f @ X_0[i, f])
    return result


def gated_units(gate, a):
    """GateNet: ``g = a * sigmoid(W a)``."""
    W = np.asarray(gate.kernel).T
    return np.stack([a_i * sigmoid(W @ a_i) for a_i in a])
