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
    """Lian et al. (KDD 2018), eq. 6 and the pooling; ``kernels`` are each layer's ``W``."""
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


def interacting_layer(layer, e):
    """Song et al. (CIKM 2019): attention, values, heads side by side, residual."""
    kernels = (layer.query, layer.key, layer.value, layer.residual)
    Q, K, V, R = (np.asarray(kernel).T for kernel in kernels)  # as the paper has them: Q @ e
    after = []
    for e_m in e:
        heads = []
        for h in range(layer.heads):
            own = slice(h * layer.units, (h + 1) * layer.units)
            psi = np.array([(Q[own] @ e_m) @ (K[own] @ e_k) for e_k in e])
            attention = np.exp(psi) / np.exp(psi).sum()
            heads.append(sum(a * (V[own] @ e_k) for a, e_k in zip(attention, e, strict=True)))
        after.append(np.maximum(np.concatenate(heads) + R @ e_m, 0))
    return np.array(after)


def squeeze_excitation(layer, e):
    """Huang et al. (RecSys 2019): the fields' weights."""
    W_1, W_2 = np.asarray(layer.squeeze).T, np.asarray(layer.excite).T
    z = np.array([sum(e_i) / len(e_i) for e_i in e])
    return np.maximum(W_2 @ np.maximum(W_1 @ z, 0), 0)


def bilinear_interaction(layer, v):
    """Huang et al. (RecSys 2019): ``p_ij`` of all pairs, one after the other."""
    kernel, pairs = np.asarray(layer.kernel), []
    for i in range(len(v)):
        for j in range(i + 1, len(v)):
            W = kernel[{"all": 0, "each": i, "interaction": len(pairs)}[layer.kind]]
            pairs.append((v[i] @ W) * v[j])
    return np.array(pairs)
