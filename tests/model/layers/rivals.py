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


def compressed_interaction_network(kernels, v, split_half=False, activation="linear"):
    """Lian et al. (KDD 2018), eq. 6 and 8; ``kernels`` are each layer's ``W``."""
    fields, dim = v.shape
    x, pooled = v, []
    for place, kernel in enumerate(kernels):
        maps, units = len(x), kernel.shape[1]
        W = np.asarray(kernel).reshape(maps, fields, units)
        after = np.zeros((units, dim))
        for n in range(units):
            for i in range(maps):
                for j in range(fields):
                    after[n] += W[i, j, n] * (x[i] * v[j])
        if activation == "relu":
            after = np.maximum(after, 0)
        x = direct = after
        if split_half and place + 1 < len(kernels):
            x, direct = after[: units // 2], after[units // 2 :]
        pooled += [sum(each) for each in direct]
    return np.array(pooled)
