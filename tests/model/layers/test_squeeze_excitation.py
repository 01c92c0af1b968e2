"""The squeeze-and-excitation network."""

import numpy as np
import pytest

from model.errors import InvalidInputError
from model.layers import SqueezeExcitation
from tests.model.layers.rivals import squeeze_excitation

X = np.random.default_rng(0).normal(size=(9, 6, 3))


def test_matches_the_hand_computed_example():
    senet = SqueezeExcitation(2, kernel_initializer="ones", dtype="float64")
    # The fields' means are 2 and -1; one unit has their sum, or 0 where it is negative.
    x = np.array([[[1, 3], [-1, -1]], [[0, 0], [-1, -1]]], "float64")
    np.testing.assert_allclose(senet(x), [[1, 1], [0, 0]])


@pytest.mark.parametrize("ratio", [1, 2, 4])
def test_matches_the_paper_s_equations(ratio):
    senet = SqueezeExcitation(ratio, dtype="float64")
    senet.build(X.shape)
    for place, variable in enumerate(senet.variables):
        variable.assign(np.random.default_rng(place).normal(size=variable.shape))
    found = np.asarray(senet(X))
    assert (found > 0).any()
    assert (found == 0).any()
    np.testing.assert_allclose(found, [squeeze_excitation(senet, x) for x in X], rtol=1e-10)


@pytest.mark.parametrize(("ratio", "hidden"), [(1, 6), (2, 3), (4, 2), (6, 1), (100, 1), (0.5, 12)])
def test_hidden_units_are_the_fields_over_the_ratio_rounded_up(ratio, hidden):
    senet = SqueezeExcitation(ratio)
    senet.build(X.shape)
    assert tuple(senet.squeeze.shape) == (6, hidden)


def test_a_layer_is_remade_from_its_config():
    senet = SqueezeExcitation(2, kernel_initializer="he_normal")
    again = SqueezeExcitation.from_config(senet.get_config())
    assert again.get_config() == senet.get_config()
    assert again.reduction_ratio == 2


def test_a_ratio_outside_its_rule_is_refused():
    with pytest.raises(InvalidInputError, match=r"^reduction_ratio: must be positive; received 0"):
        SqueezeExcitation(0)
