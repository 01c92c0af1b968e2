"""The interaction networks as a whole."""

import numpy as np
import pytest
import tensorflow as tf

from model.zoo import ZOO, InteractionNetwork, build_network
from tests.model.layers import equations

F, D = 3, 4
EQUATIONS = {
    "xdeepint": equations.polynomial,
    "dynint_da": equations.dynamic_activation,
    "dynint_dgp": equations.dynamic_generated,
    "dynint_dwp": equations.dynamic_weighted,
}
X_0 = np.random.default_rng(0).normal(size=(6, F, D))

every_network = pytest.mark.parametrize("name", EQUATIONS)
every_crossing = pytest.mark.parametrize("h", [1, 2, D])


def network(name, h, **config):
    return build_network(name, F, {"dim": D, "subspaces": h, **config}, dtype="float64", seed=5)


def test_every_interaction_network_of_the_zoo_is_here():
    found = {name for name, entry in ZOO.items() if entry.network is InteractionNetwork}
    assert set(EQUATIONS) == found


@every_network
@every_crossing
def test_matches_the_paper_s_equations(name, h):
    net = network(name, h, layers=3)
    for variable in net.variables:  # biases too, which start at zero
        variable.assign(np.random.default_rng(1).normal(scale=0.5, size=variable.shape))
    x0 = x = equations.crossed(X_0, h)
    for layer in net.interactions:
        x = EQUATIONS[name](layer, x, x0, X_0)
    w, b = net.output_layer.kernel.numpy(), net.output_layer.bias.numpy()
    logits = [sum(w @ x[i, :, c] + b for c in range(D // h)) for i in range(len(x))]
    np.testing.assert_allclose(net(X_0), logits, rtol=1e-10)


@every_network
@every_crossing
def test_without_layers_it_is_a_linear_model(name, h):
    net = network(name, h, layers=0)
    assert set(net.named_variables) == {"output/kernel", "output/bias"}
    net.output_layer.bias.assign(0.25)
    sum_of_weights = net(np.ones((1, F, D)))
    np.testing.assert_allclose(net(np.zeros((1, F, D))), 0.25 * D / h)
    # f(2 x) - f(x) = f(x) - f(0), and each element has its row's weight.
    doubled, single, none = net(2 * X_0), net(X_0), net(0 * X_0)
    np.testing.assert_allclose(doubled - single, single - none, rtol=1e-12)
    kernel = net.output_layer.kernel.numpy()
    np.testing.assert_allclose(sum_of_weights, kernel.sum() * D / h + 0.25 * D / h)


@every_crossing
def test_at_bit_wise_crossing_it_has_one_weight_per_embedding_element(h):
    net = network("xdeepint", h, layers=0)
    assert net.output_layer.kernel.shape == (F * h,)


@pytest.mark.parametrize("name", ["dynint_da", "dynint_dgp", "dynint_dwp"])
@every_crossing
def test_the_embeddings_get_no_gradient_through_the_gates(name, h):
    net = network(name, h, layers=2)
    for variable in net.variables:
        variable.assign(np.random.default_rng(2).normal(scale=0.5, size=variable.shape))
    whole = tf.Variable(X_0)
    with tf.GradientTape() as tape:
        logits = net(whole, training=True)
    gradient = tape.gradient(logits, whole)

    frozen = tf.constant(X_0)
    with tf.GradientTape() as tape:
        x = x0 = net.first_map(whole)
        for layer in net.interactions:
            x = layer(x, x0, frozen)
        logits = net.output_layer(x)
    np.testing.assert_allclose(gradient, tape.gradient(logits, whole), rtol=1e-10, atol=1e-12)


@every_network
def test_the_order_of_interactions_grows_by_one_a_layer(name):
    net = network(name, 2, layers=3)
    for key, variable in net.named_variables.items():
        if "gate" in key and key.endswith("kernel"):
            variable.assign(np.zeros(variable.shape))  # the gates do not look at the instance
    points = np.array([net(t * X_0[:1]).numpy()[0] for t in range(-3, 4)])
    # A polynomial of degree 4 in t has zero fifth differences and a fourth difference that is not.
    assert abs(np.diff(points, 5)).max() < 1e-8 * abs(points).max()
    assert abs(np.diff(points, 4)).max() > 1e-6


@pytest.mark.parametrize("name", ["dynint_dgp", "dynint_dwp"])
def test_the_penalty_is_the_sum_over_layers_and_scales_with_its_weight(name):
    one = network(name, 2, layers=2, orthogonality=1.0)
    half = network(name, 2, layers=2, orthogonality=0.5)
    one(X_0, training=True)
    half(X_0, training=True)
    assert len(one.losses) == len(half.losses) == 2
    np.testing.assert_allclose(2 * sum(half.losses), sum(one.losses))
    # In the mean over instances: the same batch twice costs the same.
    before = float(sum(one.losses))
    one(np.concatenate([X_0, X_0]), training=True)
    np.testing.assert_allclose(float(sum(one.losses)), before)
