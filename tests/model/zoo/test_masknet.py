"""MaskNet as a whole."""

import numpy as np
import pytest

from model.errors import InvalidInputError
from model.zoo import build_network
from tests.model.layers.gated_rivals import mask_block, normalised_embeddings, relu_layers

F, D = 3, 4
X_0 = np.random.default_rng(0).normal(size=(6, F, D))


def network(**config):
    config = {"dim": D, "blocks": 3, "block_units": 5, "reduction_ratio": 0.5, **config}
    net = build_network("masknet", F, config, dtype="float64", seed=5)
    for variable in net.trainable_variables:  # biases too, which start at zero
        variable.assign(np.random.default_rng(1).normal(size=variable.shape, scale=0.5))
    return net


@pytest.mark.parametrize("structure", ["parallel", "serial"])
@pytest.mark.parametrize("hidden_units", [[], [6, 4]])
def test_matches_the_paper_s_equations(structure, hidden_units):
    net = network(structure=structure, hidden_units=hidden_units)
    V_emb = X_0.reshape(len(X_0), -1)
    x = normalised_embeddings(net.normalization, X_0).reshape(V_emb.shape)
    if structure == "parallel":
        x = np.concatenate([mask_block(block, x, V_emb) for block in net.blocks], axis=1)
    else:
        for block in net.blocks:
            x = mask_block(block, x, V_emb)
    w, w_0 = map(np.asarray, net.head.trainable_variables)
    logits = relu_layers(net.tower, x) @ w[:, 0] + w_0
    assert np.ptp(logits) > 0.01
    np.testing.assert_allclose(net(X_0), logits, rtol=1e-10)


def test_masks_see_the_scale_that_normalisation_takes_away():
    net = network()
    np.testing.assert_allclose(
        net.normalization(4 * X_0), net.normalization(X_0), rtol=1e-2, atol=1e-3
    )
    assert np.abs(net(4 * X_0) - net(X_0)).max() > 0.01


def test_dropout_is_for_training_only():
    net = network(dropout=0.5, hidden_units=[8])
    np.testing.assert_array_equal(net(X_0), network(hidden_units=[8])(X_0))
    assert not np.array_equal(net(X_0, training=True), net(X_0))


@pytest.mark.parametrize(
    ("config", "text"),
    [
        ({"structure": "mixed"}, "structure: must be one of .*; received 'mixed'"),
        ({"blocks": 0}, "blocks: must be at least 1; received 0"),
        ({"blocks": 1_001}, "blocks: must be at most 1000; received 1001"),
        ({"block_units": 0}, "block_units: must be at least 1; received 0"),
        ({"reduction_ratio": 1e9}, "reduction_ratio: must be at most 1000; received 1000000000"),
    ],
)
def test_a_config_outside_the_rules_is_refused(config, text):
    with pytest.raises(InvalidInputError, match=f"^{text}"):
        network(**config)
