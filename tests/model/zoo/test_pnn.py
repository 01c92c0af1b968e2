"""PNN as a whole."""

import numpy as np
import pytest

from model.zoo import build_network
from tests.model.zoo.towers import head, tower, with_random_weights

X = np.random.default_rng(0).normal(size=(6, 3, 4))


def signals(f, products):
    """Embeddings, inner products and the superposition's outer product, for one instance."""
    p = []
    if products != "outer":
        p += [f[i] @ f[j] for i in range(3) for j in range(i, 3)]
    if products != "inner":
        outer = sum(np.outer(f[i], f[j]) for i in range(3) for j in range(3))
        p += [outer[i, j] for i in range(4) for j in range(i, 4)]
    return np.concatenate([f.ravel(), p])


@pytest.mark.parametrize("units", [[], [6, 5]])
@pytest.mark.parametrize("products", ["inner", "outer", "both"])
def test_matches_the_paper_s_equations(products, units):
    config = {"dim": 4, "hidden_units": units, "products": products}
    network = with_random_weights(build_network("pnn", 3, config, dtype="float64"))
    expected = [head(network, tower(network, signals(f, products), len(units))) for f in X]
    np.testing.assert_allclose(network(X), expected, rtol=1e-10)


def test_without_a_deep_part_it_is_of_second_order():
    config = {"dim": 4, "hidden_units": []}
    network = with_random_weights(build_network("pnn", 3, config, dtype="float64"))
    points = np.array([network(t * X[:1]).numpy()[0] for t in range(-2, 3)])
    assert abs(np.diff(points, 3)).max() < 1e-10 * abs(points).max()
    assert abs(np.diff(points, 2)).max() > 1e-6
