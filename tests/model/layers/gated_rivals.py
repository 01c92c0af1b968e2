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


def normalised(x, gain, bias):
    """MaskNet, eq. 8, of one vector; 1e-5 keeps a constant one from dividing by zero."""
    mean = sum(x) / len(x)
    deviation = np.sqrt(sum((x - mean) ** 2) / len(x) + 1e-5)
    return gain * (x - mean) / deviation + bias


def normalised_embeddings(layer, X_0):
    """MaskNet, eq. 9."""
    gain, bias = np.asarray(layer.gain), np.asarray(layer.bias)
    return np.array(
        [[normalised(e_f, gain[f], bias[f]) for f, e_f in enumerate(X_i)] for X_i in X_0]
    )


def masks(layer, V_emb):
    """MaskNet, eq. 5."""
    W_d1, b_d1, W_d2, b_d2 = (np.asarray(variable).T for variable in layer.variables)
    return np.stack([W_d2 @ np.maximum(W_d1 @ v + b_d1, 0) + b_d2 for v in V_emb])


def mask_block(layer, x, V_emb):
    """MaskNet, eq. 12 and 14."""
    W = np.asarray(layer.dense.kernel).T
    gain, bias = map(np.asarray, layer.normalization.variables)
    masked = masks(layer.mask, V_emb) * x
    return np.stack([np.maximum(normalised(W @ m, gain, bias), 0) for m in masked])


def relu_layers(tower, x):
    """Dense layers with a ReLU each; MaskNet, eq. 16."""
    weights = [np.asarray(variable) for variable in tower.trainable_variables]
    for W, b in zip(weights[::2], weights[1::2], strict=True):
        x = np.maximum(x @ W + b, 0)
    return x


def generated_dense(layer, x, z):
    """APG: ``relu(U (S_i (V x_i)) + b)``, each instance's whole kernel made."""
    V, U = (
        np.linalg.multi_dot([*map(np.asarray, factors)]).T
        if len(factors) > 1
        else np.asarray(factors[0]).T
        for factors in (layer.V, layer.U)
    )
    W, b = map(np.asarray, layer.generator.variables)
    generated = relu_layers(layer.hidden, z) @ W + b
    results = []
    for i in range(len(x)):
        S_i = generated[i].reshape(layer.rank, layer.rank).T + np.eye(layer.rank)
        results.append(np.maximum((U @ S_i @ V) @ x[i] + np.asarray(layer.bias), 0))
    return np.stack(results)
