"""The deep part."""

import numpy as np
import pytest

from model.layers import Tower

X = np.random.default_rng(0).normal(size=(50, 7))


def built(units, **arguments):
    tower = Tower(units, dtype="float64", **arguments)
    tower.build((None, 7))
    for variable in tower.trainable_variables:  # biases too, which start at zero
        variable.assign(np.random.default_rng(1).normal(size=variable.shape))
    return tower


def test_it_is_dense_layers_with_relu_one_after_the_other():
    tower = built((5, 3, 4))
    h = X
    for kernel, bias in zip(tower.variables[::2], tower.variables[1::2], strict=True):
        h = np.maximum(h @ np.asarray(kernel) + np.asarray(bias), 0)
    np.testing.assert_allclose(tower(X), h, rtol=1e-12)


def test_without_layers_it_gives_back_its_input():
    np.testing.assert_array_equal(built(())(X), X)


def test_dropout_is_for_training_only_and_its_seed_decides():
    one, same, other = (built((64,), dropout=0.5, seed=seed) for seed in (3, 3, 4))
    whole = np.asarray(one(X))
    np.testing.assert_allclose(whole, built((64,))(X), rtol=1e-12)
    dropped = np.asarray(one(X, training=True))
    kept = dropped != 0
    np.testing.assert_allclose(dropped[kept], 2 * whole[kept], rtol=1e-12)
    share = kept.sum() / (whole != 0).sum()
    assert share == pytest.approx(0.5, abs=0.05)
    np.testing.assert_array_equal(same(X, training=True), dropped)
    assert not np.array_equal(other(X, training=True), dropped)
    assert not np.array_equal(one(X, training=True), dropped)  # each step drops others
