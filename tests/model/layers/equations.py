"""The paper's equations, literally, in NumPy: one instance at a time, (N, N) matrices built."""

import numpy as np


def crossed(X_0, h):
    """Row ``s F + f``, column ``c`` is ``X_0[f, s d + c]``."""
    B, F, D = X_0.shape
    d = D // h
    result = np.empty((B, h * F, d))
    for s in range(h):
        for f in range(F):
            for c in range(d):
                result[:, s * F + f, c] = X_0[:, f, s * d + c]
    return result


def gated(gate, X_0):
    """Two dense layers on one instance's ``X_0``, index ``f D + j``."""
    x = np.array([X_0[f, j] for f in range(X_0.shape[0]) for j in range(X_0.shape[1])])
    A, a, C, c = (
        np.asarray(weight, np.float64)
        for weight in (
            gate.hidden_kernel,
            gate.hidden_bias,
            gate.output_kernel,
            gate.output_bias,
        )
    )
    return np.maximum(x @ A + a, 0) @ C + c


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def polynomial(layer, x, x0, X_0):
    """Equation 3."""
    W = np.asarray(layer.kernel, np.float64)
    return np.stack([x[i] * (W @ x0[i]) + x[i] for i in range(len(x))])


def dynamic_activation(layer, x, x0, X_0):
    """Equation 4."""
    W = np.asarray(layer.kernel, np.float64)
    results = []
    for i in range(len(x)):
        G = 2 * sigmoid(gated(layer.gate, X_0[i]))
        G = G[:, None] if layer.gate_shape == "row" else G.reshape(x.shape[2], x.shape[1]).T
        results.append((x[i] * (W @ x0[i])) * G + x[i])
    return np.stack(results)


def dynamic_generated(layer, x, x0, X_0):
    """Equations 5 and 7."""
    U, V = np.asarray(layer.U, np.float64), np.asarray(layer.V, np.float64)
    results = []
    for i in range(len(x)):
        W_i = U @ np.diag(gated(layer.gate, X_0[i])) @ V.T
        results.append(x[i] * (W_i @ x0[i]) + x[i])
    return np.stack(results)


def dynamic_weighted(layer, x, x0, X_0):
    """Equations 6 and 9."""
    W, K, N = np.asarray(layer.kernel, np.float64), layer.latent_rank, x.shape[1]
    results = []
    for i in range(len(x)):
        u, v = (gated(layer.gate, X_0[i]) + layer.offset).reshape(2, K, N)
        G_i = sum(np.outer(u[p], v[p]) for p in range(K))
        results.append(x[i] * ((G_i * W) @ x0[i]) + x[i])
    return np.stack(results)


def cosines(vectors):
    """Sum over pairs p > q of |cos|, of the lines of ``vectors``."""
    total = 0.0
    for p in range(len(vectors)):
        for q in range(p):
            norms = np.linalg.norm(vectors[p]) * np.linalg.norm(vectors[q])
            total += abs(vectors[p] @ vectors[q]) / norms if norms > 0 else 0.0
    return total
