"""The four interaction layers against their equations."""

import numpy as np
import pytest
import tensorflow as tf

from model.errors import InvalidInputError
from model.layers import (
    DynamicActivation,
    DynamicGeneratedParameters,
    DynamicWeightedParameters,
    PolynomialInteraction,
    SubspaceCrossing,
)
from tests.model.layers import equations

X0 = np.array([[[1.0, 2.0], [3.0, 4.0]]], "float32")
F, D = 3, 4

LAYERS = {
    "polynomial": (PolynomialInteraction, {}, equations.polynomial),
    "activation": (DynamicActivation, {"reduction_ratio": 2}, equations.dynamic_activation),
    "activation_by_element": (
        DynamicActivation,
        {"gate_shape": "element"},
        equations.dynamic_activation,
    ),
    "generated": (DynamicGeneratedParameters, {"kernel_size": 5}, equations.dynamic_generated),
    "weighted": (DynamicWeightedParameters, {"latent_rank": 3}, equations.dynamic_weighted),
    "weighted_1/K": (
        DynamicWeightedParameters,
        {"latent_rank": 2, "offset": "1/K"},
        equations.dynamic_weighted,
    ),
}


def shut(gate):
    """Make a gate give its output bias, whatever the instance."""
    gate.output_kernel.assign(np.zeros(gate.output_kernel.shape))


def test_polynomial_matches_the_hand_computed_example():
    layer = PolynomialInteraction(kernel_initializer="ones")
    # Each mixed row is [1 + 3, 2 + 4] = [4, 6]; adding 1 gives [5, 7].
    np.testing.assert_allclose(layer(X0, X0), [[[5, 14], [15, 28]]])


def test_a_zero_kernel_is_the_identity():
    layer = PolynomialInteraction(kernel_initializer="zeros")
    np.testing.assert_array_equal(layer(X0, X0), X0)


def test_activation_matches_the_hand_computed_example():
    layer = DynamicActivation(kernel_initializer="ones")
    layer(X0, X0, X0)
    shut(layer.gate)
    # A gate of 2 sigmoid(0) = 1 leaves the polynomial interaction.
    np.testing.assert_allclose(layer(X0, X0, X0), [[[5, 14], [15, 28]]])
    layer.gate.output_bias.assign([-100.0, 100.0])
    # 2 sigmoid(-100) = 0 makes row 0 the identity, 2 sigmoid(100) = 2 doubles the mix of row 1.
    np.testing.assert_allclose(layer(X0, X0, X0), [[[1, 2], [27, 52]]])


def test_generated_matches_the_hand_computed_example():
    layer = DynamicGeneratedParameters(kernel_size=1, gate_bias=2.0, kernel_initializer="ones")
    layer(X0, X0, X0)
    shut(layer.gate)
    # V^T X_0 = [4, 6], doubled [8, 12]; U puts it in both rows; adding 1 gives [9, 13].
    np.testing.assert_allclose(layer(X0, X0, X0), [[[9, 26], [27, 52]]])


@pytest.mark.parametrize(
    ("offset", "expected"),
    [
        # Four times 1/2 * 1/2: a weighting matrix of ones leaves the polynomial interaction.
        ("1/sqrt(K)", [[[5, 14], [15, 28]]]),
        # Four times 1/4 * 1/4 = 1/4: mixed rows [1, 1.5], adding 1 gives [2, 2.5].
        ("1/K", [[[2, 5], [6, 10]]]),
    ],
)
def test_weighted_matches_the_hand_computed_example(offset, expected):
    layer = DynamicWeightedParameters(latent_rank=4, offset=offset, kernel_initializer="ones")
    layer(X0, X0, X0)
    shut(layer.gate)
    np.testing.assert_allclose(layer(X0, X0, X0), expected)


def test_the_two_offsets_are_equal_at_rank_one():
    offsets = [DynamicWeightedParameters(1, offset=name).offset for name in ("1/K", "1/sqrt(K)")]
    assert offsets == [1.0, 1.0]


@pytest.mark.parametrize("h", [1, 2, D])
@pytest.mark.parametrize("name", LAYERS)
def test_matches_the_paper_s_equation(name, h):
    kind, arguments, equation = LAYERS[name]
    random = np.random.default_rng(7)
    X_0 = random.normal(size=(6, F, D))
    x0 = equations.crossed(X_0, h)
    x = random.normal(size=x0.shape)
    layer = kind(**arguments, dtype="float64")
    result = layer(x, x0, X_0)
    for variable in layer.variables:  # biases too, which start at zero
        variable.assign(random.normal(size=variable.shape))
    result = layer(x, x0, X_0)
    np.testing.assert_allclose(result, equation(layer, x, x0, X_0), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("h", [1, 2, D])
@pytest.mark.parametrize("name", LAYERS)
def test_both_layouts_give_the_same(name, h):
    kind, arguments, _ = LAYERS[name]
    random = np.random.default_rng(8)
    X_0 = random.normal(size=(6, F, D))
    x0, x = SubspaceCrossing(h, dtype="float64")(X_0), random.normal(size=(6, F * h, D // h))
    first = kind(**arguments, dtype="float64")
    last = kind(**arguments, dtype="float64", rows_last=True)
    one = first(x, x0, X_0)
    x0_last = SubspaceCrossing(h, dtype="float64", rows_last=True)(X_0)
    np.testing.assert_array_equal(x0_last, np.swapaxes(x0, 1, 2))
    last(np.swapaxes(x, 1, 2), x0_last, X_0)
    last.set_weights(first.get_weights())
    other = last(np.swapaxes(x, 1, 2), x0_last, X_0)
    np.testing.assert_allclose(np.swapaxes(other, 1, 2), one, rtol=1e-12)


@pytest.mark.parametrize("name", [name for name in LAYERS if name != "polynomial"])
def test_the_gates_block_the_gradient(name):
    kind, arguments, _ = LAYERS[name]
    X_0 = tf.constant(np.random.default_rng(9).normal(size=(6, F, D)))
    x0 = SubspaceCrossing(2, dtype="float64")(X_0)
    layer = kind(**arguments, dtype="float64")
    with tf.GradientTape() as tape:
        tape.watch(X_0)
        result = layer(x0, x0, X_0)
    assert tape.gradient(result, X_0) is None  # x0 was made outside the tape


@pytest.mark.parametrize("name", LAYERS)
def test_a_layer_is_remade_from_its_config(name):
    kind, arguments, _ = LAYERS[name]
    config = kind(**arguments, rows_last=True).get_config()
    assert kind.from_config(config).get_config() == config


def test_maps_that_differ_are_refused():
    with pytest.raises(InvalidInputError, match=r"x and x0: must have the same shape"):
        PolynomialInteraction()(np.zeros((1, 2, 3)), np.zeros((1, 4, 3)))


@pytest.mark.parametrize(
    ("kind", "arguments", "names"),
    [
        (DynamicActivation, {"gate_shape": "column"}, "gate_shape"),
        (DynamicGeneratedParameters, {"kernel_size": 0}, "kernel_size"),
        (DynamicGeneratedParameters, {"orthogonality": -1.0}, "orthogonality"),
        (DynamicWeightedParameters, {"latent_rank": 0}, "latent_rank"),
        (DynamicWeightedParameters, {"offset": "2/K"}, "offset"),
        (DynamicWeightedParameters, {"orthogonality": float("nan")}, "orthogonality"),
    ],
)
def test_arguments_outside_their_rule_are_refused(kind, arguments, names):
    with pytest.raises(InvalidInputError, match=rf"^{names}: must .*; received "):
        kind(**arguments)


def test_initial_kernels_are_glorot_uniform_and_gates_start_around_their_bias():
    X_0 = np.random.default_rng(2).normal(scale=0.01, size=(64, 20, 8)).astype("float32")
    x0 = equations.crossed(X_0, 8).astype("float32")
    layer = DynamicGeneratedParameters(kernel_size=32)
    layer(x0, x0, X_0)
    limit = np.sqrt(6 / (160 + 32))
    for kernel in (layer.U, layer.V):
        assert 0.95 * limit < np.abs(np.asarray(kernel.value)).max() <= limit
    assert not np.array_equal(layer.U.value, layer.V.value)
    np.testing.assert_allclose(layer.gate(X_0), 1.0, atol=0.05)
