"""DeepFM as a whole."""

import numpy as np
import pytest

from model.zoo import build_network
from tests.model.layers import rivals

F, D = 5, 3
ROWS = np.random.default_rng(0).normal(size=(6, F, 1 + D))


def network(**config):
    net = build_network("deepfm", F, {"dim": D, **config}, dtype="float64", seed=5)
    for variable in net.variables:  # biases too, which start at zero
        variable.assign(np.random.default_rng(1).normal(scale=0.5, size=variable.shape))
    return net


@pytest.mark.parametrize("hidden_units", [[], [7], [6, 4]])
def test_matches_the_paper_s_equations(hidden_units):
    net = network(hidden_units=hidden_units)
    logits = []
    for row in ROWS:
        w, v = row[:, 0], row[:, 1:]
        deep = rivals.deep_part(net.deep, v) if hidden_units else 0
        logits.append(w.sum() + rivals.factorization_machine(v) + deep + float(net.bias))
    np.testing.assert_allclose(net(ROWS), logits, rtol=1e-10)


def test_without_hidden_units_it_has_one_bias_and_nothing_else():
    assert set(network(hidden_units=[]).named_variables) == {"bias"}


def test_dropout_is_for_training_only():
    net = network(hidden_units=[50], dropout=0.5)
    assert not np.allclose(net(ROWS, training=True), net(ROWS))
    np.testing.assert_array_equal(net(ROWS), net(ROWS))
