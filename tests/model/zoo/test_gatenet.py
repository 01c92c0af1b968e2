"""GateNet as a whole."""

import numpy as np
import pytest

from model.errors import InvalidInputError
from model.zoo import build_network
from tests.model.layers.gated_rivals import gated_embeddings, gated_units

F, D = 3, 4
X_0 = np.random.default_rng(0).normal(size=(6, F, D))


def network(**config):
    config = {"dim": D, "hidden_units": [5, 4], **config}
    net = build_network("gatenet", F, config, dtype="float64", seed=5)
    for variable in net.trainable_variables:  # biases too, which start at zero
        variable.assign(np.random.default_rng(1).normal(size=variable.shape, scale=0.5))
    return net


def logits(net, X_0):
    """The whole network in NumPy, with the gates that it has."""
    if net.embedding_gate is not None:
        X_0 = gated_embeddings(net.embedding_gate, X_0)
    h = X_0.reshape(len(X_0), -1)
    for place, layer in enumerate(net.tower):
        W, b = map(np.asarray, layer.trainable_variables)
        h = np.maximum(h @ W + b, 0)
        if net.hidden_gates:
            h = gated_units(net.hidden_gates[place], h)
    w, b = map(np.asarray, net.head.trainable_variables)
    return h @ w[:, 0] + b[0]


@pytest.mark.parametrize("embedding_gate", ["vector", "bit", "none"])
@pytest.mark.parametrize("field_sharing", [False, True])
@pytest.mark.parametrize("hidden_gate", [False, True])
def test_matches_the_paper_s_equations(embedding_gate, field_sharing, hidden_gate):
    net = network(
        embedding_gate=embedding_gate, field_sharing=field_sharing, hidden_gate=hidden_gate
    )
    gates = {key.split("/")[0] for key in net.named_variables if "gate" in key}
    expected = {"embedding_gate"} if embedding_gate != "none" else set()
    expected |= {"hidden_gate_0", "hidden_gate_1"} if hidden_gate else set()
    assert gates == expected
    np.testing.assert_allclose(net(X_0), logits(net, X_0), rtol=1e-10)


def test_without_gates_it_is_the_dnn():
    net = network(embedding_gate="none", hidden_gate=False)
    dnn = build_network("dnn", F, {"dim": D, "hidden_units": [5, 4]}, dtype="float64")
    for ours, its in zip(net.trainable_variables, dnn.trainable_variables, strict=True):
        its.assign(ours)
    np.testing.assert_array_equal(net(X_0), dnn(X_0))


def test_dropout_is_for_training_only():
    net = network(dropout=0.5)
    np.testing.assert_array_equal(net(X_0), network()(X_0))
    assert not np.array_equal(net(X_0, training=True), net(X_0))


@pytest.mark.parametrize(
    ("config", "text"),
    [
        ({"embedding_gate": "field"}, "embedding_gate: must be one of .*; received 'field'"),
        ({"hidden_gate": 1}, "hidden_gate: must be of type bool; received 1"),
        ({"hidden_units": []}, r"hidden_units: must not be empty; received \[\]"),
    ],
)
def test_a_config_outside_the_rules_is_refused(config, text):
    with pytest.raises(InvalidInputError, match=f"^{text}"):
        network(**config)
