"""Deep Crossing as a whole."""

import numpy as np

from model.zoo import build_network
from tests.model.zoo.towers import head, weights, with_random_weights

X = np.random.default_rng(0).normal(size=(6, 3, 4))


def test_matches_the_paper_s_equations():
    config = {"dim": 4, "residual_units": [6, 5, 2]}
    network = with_random_weights(build_network("deep_crossing", 3, config, dtype="float64"))
    expected = []
    for x in X:
        x_i = np.concatenate([x[0], x[1], x[2]])
        for place, units in enumerate((6, 5, 2)):
            (W_0, b_0), (W_1, b_1) = (
                weights(network, f"unit_{place}/{layer}") for layer in ("hidden", "output")
            )
            assert W_0.shape == (12, units)
            x_i = np.maximum(np.maximum(x_i @ W_0 + b_0, 0) @ W_1 + b_1 + x_i, 0)
        expected.append(head(network, x_i))
    np.testing.assert_allclose(network(X), expected, rtol=1e-10)
