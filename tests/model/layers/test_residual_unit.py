"""The residual unit of Deep Crossing."""

import numpy as np

from model.layers import ResidualUnit

X = np.random.default_rng(0).normal(size=(6, 4))


def test_matches_the_paper_s_figure():
    unit = ResidualUnit(3, dtype="float64")
    unit.build(X.shape)
    for place, variable in enumerate(unit.variables):  # biases too, which start at zero
        variable.assign(np.random.default_rng(place).normal(size=variable.shape))
    W_0, b_0, W_1, b_1 = (variable.numpy() for variable in unit.variables)
    assert W_0.shape == (4, 3)
    expected = [np.maximum(W_1.T @ np.maximum(W_0.T @ x + b_0, 0) + b_1 + x, 0) for x in X]
    np.testing.assert_allclose(unit(X), expected, rtol=1e-10)


def test_with_zero_kernels_it_passes_positive_inputs_through():
    unit = ResidualUnit(3, kernel_initializer="zeros", dtype="float64")
    np.testing.assert_array_equal(unit(abs(X)), abs(X))


def test_it_is_remade_from_its_config():
    config = ResidualUnit(3, kernel_initializer="ones", name="unit").get_config()
    again = ResidualUnit.from_config(config)
    assert again.get_config() == config
    np.testing.assert_allclose(again(np.ones((1, 2))), [[1 + 3 * 2, 1 + 3 * 2]])
