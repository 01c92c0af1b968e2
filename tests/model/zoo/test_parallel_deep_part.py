"""The interaction networks with a deep part beside them."""

import numpy as np
import pytest
import tensorflow as tf

from model.errors import InvalidInputError
from model.layers import FUSIONS, Fusion
from model.zoo import build_network
from tests.model.layers import equations
from tests.model.zoo.test_interaction_network import EQUATIONS, X_0, D, F, every_crossing
from tests.model.zoo.towers import tower


def network(name, h, fusion, **config):
    sizes = {"dim": D, "subspaces": h, "layers": 2, "hidden_units": [6, 5], "fusion": fusion}
    net = build_network(name, F, {**sizes, **config}, dtype="float64", seed=5)
    for variable in net.trainable_variables:
        variable.assign(np.random.default_rng(1).normal(scale=0.5, size=variable.shape))
    return net


@pytest.mark.parametrize("fusion", FUSIONS)
@pytest.mark.parametrize("name", EQUATIONS)
@every_crossing
def test_matches_the_equations(name, h, fusion):
    net = network(name, h, fusion)
    x0 = x = equations.crossed(X_0, h)
    for layer in net.interactions:
        x = EQUATIONS[name](layer, x, x0, X_0)
    named = {key: variable.numpy() for key, variable in net.named_variables.items()}
    w, b = named["output/kernel"], named["output/bias"]
    for i, logit in enumerate(net(X_0).numpy()):
        p = sum(w @ x[i, :, c] + b for c in range(D // h))
        t = tower(net, X_0[i].ravel(), 2)
        deep = named["fusion/head"][:, 0] @ t
        if fusion == "gate":
            u, c = named["fusion/gate_kernel"][:, 0], named["fusion/gate_bias"]
            g = 1 / (1 + np.exp(-(u @ t + c)))
            expected = g * p + (1 - g) * deep
        else:
            expected = p + deep
        if fusion == "bilinear":
            expected += t @ named["fusion/bilinear"] @ x[i].sum(axis=1)
        np.testing.assert_allclose(logit, expected, rtol=1e-10)


@pytest.mark.parametrize("fusion", FUSIONS)
def test_every_weight_and_the_embeddings_are_trained(fusion):
    net = network("dynint_dgp", 2, fusion, batch_norm=True)
    whole = tf.Variable(X_0)
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(net(whole, training=True) ** 2)
    sources = [whole, *(variable.value for variable in net.trainable_variables)]
    for gradient in tape.gradient(loss, sources):
        assert np.isfinite(gradient).all()
        assert np.abs(gradient).max() > 0


def test_without_hidden_units_nothing_is_added():
    plain = build_network("dynint_dgp", F, {"dim": D, "subspaces": 2})
    assert not any(key.startswith(("tower", "fusion")) for key in plain.named_variables)


@pytest.mark.parametrize(
    ("key", "value"), [("fusion", "gate"), ("batch_norm", True), ("dropout", 0.1)]
)
def test_what_only_a_deep_part_has_is_refused_without_one(key, value):
    with pytest.raises(InvalidInputError, match=f"{key}: goes with hidden_units, which are absent"):
        build_network("dynint_dgp", F, {"dim": D, "subspaces": 2, key: value})


def test_refuses_a_fusion_that_it_does_not_know():
    rule = r"must be one of \('sum', 'gate', 'bilinear'\); received 'mean'"
    with pytest.raises(InvalidInputError, match=f"fusion: {rule}"):
        network("dynint_da", 2, "mean")
    with pytest.raises(InvalidInputError, match=f"kind: {rule}"):
        Fusion("mean")


@pytest.mark.parametrize("kind", FUSIONS)
def test_a_fusion_is_made_again_from_its_config(kind):
    fusion = Fusion(kind, rows_last=True, fields=F, name="fusion")
    assert Fusion.from_config(fusion.get_config()).get_config() == fusion.get_config()
