"""The product layer of PNN against the paper's equations, in NumPy."""

import numpy as np
import pytest

from model.errors import InvalidInputError
from model.layers import ProductLayer

UNITS = 3


def symmetric(random, size):
    half = random.normal(size=(UNITS, size, size))
    return half + half.transpose(0, 2, 1)


def as_kernel(W_p):
    """What a dense layer needs to weigh the upper triangle as ``W_p`` weighs the whole matrix."""
    size = W_p.shape[1]
    lines = [W_p[:, i, j] * (1 if i == j else 2) for i in range(size) for j in range(i, size)]
    return np.stack(lines)


@pytest.mark.parametrize("products", ["inner", "outer", "both"])
@pytest.mark.parametrize(("N", "M"), [(4, 3), (3, 5), (1, 2), (2, 1)])
def test_a_dense_layer_over_it_is_the_paper_s_first_hidden_layer(products, N, M):
    random = np.random.default_rng(0)
    X = random.normal(size=(6, N, M))
    W_z, b_1 = random.normal(size=(UNITS, N, M)), random.normal(size=UNITS)
    W_inner, W_outer = symmetric(random, N), symmetric(random, M)
    expected = []
    for f in X:
        inner = np.array([[f[i] @ f[j] for j in range(N)] for i in range(N)])
        outer = sum(np.outer(f[i], f[j]) for i in range(N) for j in range(N))
        l_1 = np.zeros(UNITS)
        for n in range(UNITS):
            l_z = np.sum(W_z[n] * f)
            l_p = np.sum(W_inner[n] * inner) if products != "outer" else 0
            l_p += np.sum(W_outer[n] * outer) if products != "inner" else 0
            l_1[n] = max(l_z + l_p + b_1[n], 0)
        expected.append(l_1)
    kernels = [W_z.reshape(UNITS, -1).T]
    if products != "outer":
        kernels.append(as_kernel(W_inner))
    if products != "inner":
        kernels.append(as_kernel(W_outer))
    layer = ProductLayer(products, dtype="float64")
    found = np.maximum(layer(X).numpy() @ np.concatenate(kernels) + b_1, 0)
    np.testing.assert_allclose(found, expected, rtol=1e-10)
    assert layer(X).shape == layer.compute_output_shape(X.shape)


def test_matches_the_hand_computed_example():
    f = np.array([[[1.0, 2.0], [3.0, 4.0]]])
    # Inner: 1*1 + 2*2, 1*3 + 2*4, 3*3 + 4*4. Outer: of (4, 6) with itself.
    expected = [[1, 2, 3, 4, 5, 11, 25, 16, 24, 36]]
    np.testing.assert_allclose(ProductLayer("both", dtype="float64")(f), expected)


def test_it_is_remade_from_its_config():
    config = ProductLayer("outer").get_config()
    assert ProductLayer.from_config(config).get_config() == config
    assert config["products"] == "outer"


def test_unknown_products_are_refused():
    with pytest.raises(InvalidInputError, match=r"^products: must be one of .*; received 'sum'"):
        ProductLayer("sum")
