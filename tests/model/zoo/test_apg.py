"""APG as a whole."""

import numpy as np
import pytest

from model.errors import InvalidInputError
from model.zoo import build_network
from tests.model.layers.gated_rivals import generated_dense

F, D = 3, 4
X_0 = np.random.default_rng(0).normal(size=(6, F, D))


def network(**config):
    sizes = {"dim": D, "hidden_units": [7, 5], "rank": 3, "generator_units": [4]}
    net = build_network("apg", F, {**sizes, **config}, dtype="float64", seed=5)
    for variable in net.trainable_variables:  # biases too, which start at zero
        variable.assign(np.random.default_rng(1).normal(size=variable.shape, scale=0.7))
    return net


@pytest.mark.parametrize("condition", ["embeddings", "inputs"])
@pytest.mark.parametrize("over_rank", [0, 4])
def test_matches_the_paper_s_equations(condition, over_rank):
    net = network(condition=condition, over_rank=over_rank)
    h = flat = X_0.reshape(len(X_0), -1)
    for layer in net.generated:
        h = generated_dense(layer, h, flat if condition == "embeddings" else h)
    w, b = map(np.asarray, net.head.trainable_variables)
    logits = h @ w[:, 0] + b
    assert np.ptp(logits) > 0.01
    np.testing.assert_allclose(net(X_0), logits, rtol=1e-10)


def test_dropout_is_for_training_only():
    net = network(dropout=0.5)
    np.testing.assert_array_equal(net(X_0), network()(X_0))
    assert not np.array_equal(net(X_0, training=True), net(X_0))


@pytest.mark.parametrize(
    ("config", "text"),
    [
        ({"rank": 0}, "rank: must be at least 1; received 0"),
        ({"rank": 257}, "rank: must be at most 256; received 257"),
        ({"over_rank": -1}, "over_rank: must not be negative; received -1"),
        ({"over_rank": 2}, r"over_rank: must be 0 or at least rank \(3\); received 2"),
        ({"generator_units": [0]}, r"generator_units\[0\]: must be at least 1; received 0"),
        ({"condition": "group"}, "condition: must be one of .*; received 'group'"),
        ({"hidden_units": []}, r"hidden_units: must not be empty; received \[\]"),
    ],
)
def test_a_config_outside_the_rules_is_refused(config, text):
    with pytest.raises(InvalidInputError, match=f"^{text}"):
        network(**config)
