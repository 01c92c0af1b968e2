"""A tower and its unit."""

import numpy as np
import pytest

from model.layers import DeepPart
from tests.model.layers import rivals

X = np.random.default_rng(0).normal(size=(6, 4, 3))


@pytest.mark.parametrize("units", [(), (5,), (6, 2)])
def test_is_a_tower_over_the_embeddings_side_by_side_and_one_unit(units):
    deep = DeepPart(units, dtype="float64")
    deep.build(X.shape)
    for variable in deep.variables:  # biases too, which start at zero
        variable.assign(np.random.default_rng(1).normal(size=variable.shape))
    assert len(deep.variables) == 2 * len(units) + 1  # the unit has no bias
    np.testing.assert_allclose(deep(X), [rivals.deep_part(deep, x) for x in X], rtol=1e-10)


def test_a_layer_is_remade_from_its_config():
    deep = DeepPart((5, 4), 0.25, kernel_initializer="he_normal", seed=3)
    again = DeepPart.from_config(deep.get_config())
    assert again.get_config() == deep.get_config()
    assert (again.tower.units, again.tower.dropout, again.tower.seed) == ((5, 4), 0.25, 3)
