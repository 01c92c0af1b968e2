"""The interacting layer."""

import numpy as np
import pytest

from model.errors import InvalidInputError
from model.layers import InteractingLayer
from tests.model.layers.rivals import interacting_layer

X = np.random.default_rng(0).normal(size=(5, 6, 3))


def built(units, heads):
    layer = InteractingLayer(units, heads, dtype="float64")
    layer.build(X.shape)
    for place, variable in enumerate(layer.variables):
        variable.assign(np.random.default_rng(place).normal(size=variable.shape))
    return layer


def test_matches_the_hand_computed_example():
    layer = InteractingLayer(1, 1, kernel_initializer="ones", dtype="float64")
    x = np.array([[[0], [np.log(3)]]])
    # Field 1 asks 0 and gets the mean; field 2 weighs itself with e^(log 3 log 3).
    own = np.exp(np.log(3) ** 2)
    expected = [[np.log(3) / 2], [np.log(3) * own / (1 + own) + np.log(3)]]
    np.testing.assert_allclose(layer(x)[0], expected)


@pytest.mark.parametrize(("units", "heads"), [(4, 1), (4, 3), (1, 2)])
def test_matches_the_paper_s_equations(units, heads):
    layer = built(units, heads)
    expected = [interacting_layer(layer, x) for x in X]
    assert np.shape(expected) == (len(X), 6, layer.width)
    np.testing.assert_allclose(layer(X), expected, rtol=1e-10, atol=1e-12)


def test_the_order_of_the_fields_is_that_of_the_results():
    layer, order = built(4, 2), [3, 0, 5, 1, 4, 2]
    np.testing.assert_allclose(
        layer(X[:, order]), np.asarray(layer(X))[:, order], rtol=1e-12, atol=1e-14
    )


def test_large_inner_products_do_not_overflow():
    assert np.isfinite(built(4, 2)(100 * X)).all()


def test_kernels_of_one_seed_differ():
    layer = InteractingLayer(4, 2, kernel_initializer="glorot_uniform")
    layer.build(X.shape)
    values = [np.asarray(variable) for variable in layer.variables]
    assert len(np.unique(values, axis=0)) == 4


def test_a_layer_is_remade_from_its_config():
    layer = InteractingLayer(4, 3, kernel_initializer="he_normal")
    again = InteractingLayer.from_config(layer.get_config())
    assert again.get_config() == layer.get_config()
    assert (again.units, again.heads) == (4, 3)


@pytest.mark.parametrize(("units", "heads", "names"), [(0, 4, "units"), (1, 0, "heads")])
def test_arguments_outside_their_rule_are_refused(units, heads, names):
    with pytest.raises(InvalidInputError, match=f"^{names}: must be at least 1; received 0"):
        InteractingLayer(units, heads)
