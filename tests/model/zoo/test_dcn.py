"""DCN and DCN V2 as a whole."""

import numpy as np
import pytest

from model.layers import CrossNetwork, CrossNetworkMix, CrossNetworkV2
from model.zoo import build_network
from tests.model.zoo.towers import head, tower, with_random_weights

X = np.random.default_rng(0).normal(size=(6, 3, 4))
LOW = {"rank": 2, "experts": 3}
deep_or_not = pytest.mark.parametrize("units", [[], [6, 5]])


def built(name, **config):
    config = {"dim": 4, "layers": 2, **config}
    return with_random_weights(build_network(name, 3, config, dtype="float64"))


def crossed(network, x_0):
    """DCN's equation 3 or DCN V2's equations 1, 3 and 4, for one instance."""
    w = {
        path.removeprefix("cross/"): variable.numpy()
        for path, variable in network.named_variables.items()
        if path.startswith("cross/")
    }
    x = x_0
    for layer in range(2):
        bias = w[f"bias_{layer}"]
        if isinstance(network.cross, CrossNetwork):
            x = x_0 * (x @ w[f"kernel_{layer}"][:, 0]) + bias + x
        elif isinstance(network.cross, CrossNetworkV2):
            x = x_0 * (w[f"kernel_{layer}"].T @ x + bias) + x
        else:
            G = np.exp(w[f"gate_{layer}"].T @ x)
            G, r, before = G / sum(G), 2, x
            for i in range(3):
                V, C, U = (
                    w[f"V_{layer}"][:, i * r : (i + 1) * r],
                    w[f"C_{layer}"][i * r : (i + 1) * r].T,
                    w[f"U_{layer}"][i * r : (i + 1) * r].T,
                )
                E = x_0 * (U @ np.tanh(C @ np.tanh(V.T @ before)) + bias)
                x = x + G[i] * E
    return x


@deep_or_not
@pytest.mark.parametrize(("name", "form"), [("dcn", {}), ("dcn_v2", {}), ("dcn_v2", LOW)])
def test_in_parallel_it_matches_the_papers_equations(name, form, units):
    network = built(name, hidden_units=units, **form)
    expected = []
    for x in X:
        x_L = crossed(network, x.ravel())
        h = tower(network, x.ravel(), len(units)) if units else []
        expected.append(head(network, np.concatenate([x_L, h])))
    np.testing.assert_allclose(network(X), expected, rtol=1e-10)


@deep_or_not
@pytest.mark.parametrize("form", [{}, LOW])
def test_stacked_it_matches_the_papers_equations(form, units):
    network = built("dcn_v2", hidden_units=units, structure="stacked", **form)
    expected = [head(network, tower(network, crossed(network, x.ravel()), len(units))) for x in X]
    np.testing.assert_allclose(network(X), expected, rtol=1e-10)


def test_the_rank_decides_the_form():
    assert isinstance(built("dcn_v2").cross, CrossNetworkV2)
    assert isinstance(built("dcn_v2", rank=1).cross, CrossNetworkMix)


@pytest.mark.parametrize("name", ["dcn", "dcn_v2"])
def test_without_layers_and_deep_part_it_is_linear(name):
    network = built(name, layers=0, hidden_units=[])
    assert set(network.named_variables) == {"head/kernel", "head/bias"}
    np.testing.assert_allclose(network(X), [head(network, x.ravel()) for x in X], rtol=1e-10)


def test_each_cross_layer_raises_the_order_by_one():
    network = built("dcn", layers=2, hidden_units=[])
    points = np.array([network(t * X[:1]).numpy()[0] for t in range(-3, 3)])
    # A polynomial of degree 3 in t has zero fourth differences and a third difference that is not.
    assert abs(np.diff(points, 4)).max() < 1e-8 * abs(points).max()
    assert abs(np.diff(points, 3)).max() > 1e-6
