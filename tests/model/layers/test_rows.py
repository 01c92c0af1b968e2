"""Weights reordered for the maps they are used on."""

import keras
import numpy as np

from model.layers.rows import field_by_field, reordered_once, transposed


def test_within_reordered_once_weights_are_reordered_once():
    weights = keras.Variable(np.arange(12.0).reshape(6, 2))
    other = keras.Variable(np.ones((6, 2)))
    outside = field_by_field(weights, 3, 0)
    with reordered_once():
        first = field_by_field(weights, 3, 0)
        assert field_by_field(weights, 3, 0) is first
        assert transposed(first) is transposed(first)
        assert field_by_field(weights, 2, 0) is not first
        assert field_by_field(other, 3, 0) is not first
    np.testing.assert_array_equal(first, outside)
    assert field_by_field(weights, 3, 0) is not first
