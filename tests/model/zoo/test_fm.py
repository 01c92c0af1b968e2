"""The factorization machine as a whole."""

import numpy as np

from model.zoo import build_network

X = np.random.default_rng(0).normal(size=(6, 3, 5))


def test_matches_the_paper_s_equation():
    network = build_network("fm", 3, {"dim": 4}, dtype="float64")
    network.bias.assign(0.3)
    expected = []
    for x in X:
        w, v = x[:, 0], x[:, 1:]
        pairs = sum(v[i] @ v[j] for i in range(3) for j in range(i + 1, 3))
        expected.append(0.3 + sum(w) + pairs)
    np.testing.assert_allclose(network(X), expected, rtol=1e-10)


def test_its_only_dense_weight_is_the_bias():
    network = build_network("fm", 3, {"dim": 4})
    assert set(network.named_variables) == {"bias"}
    assert network.row_width == 5
