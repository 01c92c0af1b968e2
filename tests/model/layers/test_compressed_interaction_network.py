"""The compressed interaction network."""

import numpy as np
import pytest

from model.errors import InvalidInputError
from model.layers import CompressedInteractionNetwork
from tests.model.layers.rivals import compressed_interaction_network

X = np.random.default_rng(0).normal(size=(5, 6, 3))


def test_matches_the_hand_computed_example():
    cin = CompressedInteractionNetwork((1, 1), kernel_initializer="ones", dtype="float64")
    # With ones x^1 = (sum_i v_i)^2 = [16, 9] and x^2 = (sum_i v_i)^3 = [64, -27].
    x = np.array([[[1, -2], [3, -1]]], "float64")
    np.testing.assert_allclose(cin(x), [[16 + 9, 64 - 27]])


@pytest.mark.parametrize("units", [(4,), (4, 3), (4, 2, 5), (2, 8, 4, 3)])
@pytest.mark.parametrize("split_half", [False, True])
@pytest.mark.parametrize("activation", ["linear", "relu"])
def test_matches_the_paper_s_equations(units, split_half, activation):
    cin = CompressedInteractionNetwork(units, split_half, activation, dtype="float64")
    cin.build(X.shape)
    for place, kernel in enumerate(cin.kernels):
        kernel.assign(np.random.default_rng(place).normal(size=kernel.shape))
    expected = [compressed_interaction_network(cin.kernels, x, split_half, activation) for x in X]
    assert np.shape(expected) == (len(X), cin.pooled)
    np.testing.assert_allclose(cin(X), expected, rtol=1e-10, atol=1e-11)


def test_each_layer_adds_an_order():
    cin = CompressedInteractionNetwork((2, 2, 2), dtype="float64")
    single, doubled = np.asarray(cin(X)), np.asarray(cin(2 * X))
    np.testing.assert_allclose(doubled, single * [4, 4, 8, 8, 16, 16], rtol=1e-12)


def test_kernels_of_one_shape_do_not_start_equal():
    cin = CompressedInteractionNetwork((4, 4, 4))
    cin.build(X.shape)
    assert cin.kernels[1].shape == cin.kernels[2].shape
    assert not np.array_equal(cin.kernels[1], cin.kernels[2])


def test_a_layer_is_remade_from_its_config():
    cin = CompressedInteractionNetwork((4, 3), True, "relu", kernel_initializer="he_normal")
    again = CompressedInteractionNetwork.from_config(cin.get_config())
    assert again.get_config() == cin.get_config()
    assert (again.units, again.split_half, again.activation) == ((4, 3), True, "relu")


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (((),), r"units: must not be empty; received \(\)"),
        (((3, 4), True), r"units: must be even but for the last, .*; received \(3, 4\)"),
        (((3,), False, "tanh"), r"activation: must be one of .*; received 'tanh'"),
    ],
)
def test_arguments_outside_their_rule_are_refused(arguments, text):
    with pytest.raises(InvalidInputError, match=f"^{text}"):
        CompressedInteractionNetwork(*arguments)
