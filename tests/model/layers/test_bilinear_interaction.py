"""The bilinear interaction."""

import numpy as np
import pytest

from model.errors import InvalidInputError
from model.layers import BilinearInteraction
from tests.model.layers.rivals import bilinear_interaction

F, D = 6, 3
X = np.random.default_rng(0).normal(size=(5, F, D))
every_kind = pytest.mark.parametrize("kind", ["all", "each", "interaction"])


def built(kind):
    layer = BilinearInteraction(kind, dtype="float64")
    layer.build(X.shape)
    return layer


def test_matches_the_hand_computed_example():
    layer = BilinearInteraction("all", kernel_initializer="ones", dtype="float64")
    # With ones v_i W is the sum of v_i, in each place: 3 for the first field, 7 for the second.
    x = np.array([[[1, 2], [3, 4], [5, -1]]], "float64")
    np.testing.assert_allclose(layer(x), [[[9, 12], [15, -3], [35, -7]]])


@every_kind
def test_matches_the_paper_s_equations(kind):
    layer = built(kind)
    layer.kernel.assign(np.random.default_rng(1).normal(size=layer.kernel.shape))
    expected = [bilinear_interaction(layer, x) for x in X]
    assert np.shape(expected) == (len(X), F * (F - 1) // 2, D)
    np.testing.assert_allclose(layer(X), expected, rtol=1e-10)


@pytest.mark.parametrize(("kind", "count"), [("all", 1), ("each", 5), ("interaction", 15)])
def test_every_matrix_starts_as_one_of_its_own(kind, count):
    kernel = np.asarray(built(kind).kernel)
    assert kernel.shape == (count, D, D)
    assert len(np.unique(kernel.reshape(count, -1), axis=0)) == count
    assert np.abs(kernel).max() <= np.sqrt(6 / (D + D))  # Glorot's bound of one matrix
    assert np.abs(kernel).max() > 0.5 * np.sqrt(6 / (D + D))


@every_kind
def test_two_fields_are_one_pair_and_one_is_none(kind):
    layer = BilinearInteraction(kind, dtype="float64")
    assert layer(X[:, :2]).shape == (len(X), 1, D)
    with pytest.raises(InvalidInputError, match=r"^fields: must be at least 2; received 1"):
        BilinearInteraction(kind)(X[:, :1])


def test_a_layer_is_remade_from_its_config():
    layer = BilinearInteraction("each", kernel_initializer="he_normal")
    again = BilinearInteraction.from_config(layer.get_config())
    assert again.get_config() == layer.get_config()
    assert again.kind == "each"


def test_an_unknown_kind_is_refused():
    with pytest.raises(InvalidInputError, match=r"^kind: must be one of .*; received 'field'"):
        BilinearInteraction("field")
