"""APG's layer against its equations, one instance at a time."""

import numpy as np
import pytest

from model.errors import InvalidInputError
from model.layers import GeneratedDense
from tests.model.layers.gated_rivals import generated_dense

X = np.random.default_rng(0).normal(size=(6, 8))
Z = np.random.default_rng(1).normal(size=(6, 5))


def built(**arguments):
    layer = GeneratedDense(7, 3, **arguments, dtype="float64")
    layer.build(X.shape, Z.shape)
    return layer


@pytest.mark.parametrize("over_rank", [0, 4])
@pytest.mark.parametrize("generator_units", [(), (4,), (6, 3)])
def test_matches_the_paper_s_equation(over_rank, generator_units):
    layer = built(over_rank=over_rank, generator_units=generator_units)
    for variable in layer.variables:  # biases too, which start at zero
        variable.assign(np.random.default_rng(2).normal(size=variable.shape))
    expected = generated_dense(layer, X, Z)
    assert (expected == 0).any()
    assert (expected > 0).any()
    np.testing.assert_allclose(layer(X, Z), expected, rtol=1e-10)


def test_of_a_condition_of_zeros_it_starts_as_two_plain_products():
    layer = built(generator_units=(4,))
    (V,), (U,) = layer.V, layer.U
    expected = np.maximum(X @ np.asarray(V) @ np.asarray(U), 0)
    np.testing.assert_allclose(layer(X, 0 * Z), expected, rtol=1e-10)
    assert np.abs(layer(X, Z) - expected).max() > 1e-3


def test_over_parameters_widen_the_shared_matrices_only():
    shapes = {variable.name: tuple(variable.shape) for variable in built(over_rank=4).variables}
    shared = {name: shapes[name] for name in ("V_r", "V_l", "U_r", "U_l")}
    assert shared == {"V_r": (8, 4), "V_l": (4, 3), "U_r": (3, 4), "U_l": (4, 7)}
    assert shapes.keys() - shared.keys() == {"bias", "kernel"}
    assert {variable.name for variable in built().variables} == {"U", "V", "bias", "kernel"}


def test_a_layer_is_remade_from_its_config():
    layer = GeneratedDense(7, 3, 4, (6, 3))
    assert GeneratedDense.from_config(layer.get_config()).get_config() == layer.get_config()


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ((0, 1), "units: must be at least 1; received 0"),
        ((1, 0), "rank: must be at least 1; received 0"),
        ((1, 1, -1), "over_rank: must be at least 0; received -1"),
    ],
)
def test_arguments_outside_their_rule_are_refused(arguments, text):
    with pytest.raises(InvalidInputError, match=f"^{text}"):
        GeneratedDense(*arguments)
