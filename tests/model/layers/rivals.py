"""The rivals' equations as their papers have them, in NumPy: one instance at a time."""

import numpy as np


def factorization_machine(v):
    """Rendle (ICDM 2010), the pairs of eq. 1 with all features present."""
    fields = len(v)
    return sum(v[i] @ v[j] for i in range(fields) for j in range(i + 1, fields))


def tower(layer, x):
    """Dense layers, each with a ReLU."""
    for kernel, bias in zip(layer.variables[::2], layer.variables[1::2], strict=True):
        x = np.maximum(x @ np.asarray(kernel) + np.asarray(bias), 0)
    return x


def deep_part(layer, v):
    """The tower over the embeddings one after the other, and its unit."""
    return tower(layer.tower, np.concatenate(list(v))) @ np.asarray(layer.head.kernel)[:, 0]
