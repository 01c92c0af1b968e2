"""The output layer."""

import numpy as np

from model.layers import OutputLayer

X = np.array([[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]], "float32")


def test_matches_the_hand_computed_example_and_counts_the_bias_once_per_column():
    layer = OutputLayer()
    layer(X)
    layer.kernel.assign([1.0, 10.0, 100.0])
    layer.bias.assign(0.5)
    # Columns 531 and 642, each plus 0.5.
    np.testing.assert_allclose(layer(X), [1174.0])


def test_rows_last_gives_the_same():
    first, last = (
        OutputLayer(kernel_initializer="ones"),
        OutputLayer(kernel_initializer="ones", rows_last=True),
    )
    np.testing.assert_allclose(last(np.swapaxes(X, 1, 2)), first(X))


def test_a_layer_is_remade_from_its_config():
    layer = OutputLayer(rows_last=True)
    assert OutputLayer.from_config(layer.get_config()).get_config() == layer.get_config()


def test_the_kernel_starts_like_that_of_a_dense_layer():
    layer = OutputLayer()
    layer(np.zeros((1, 500, 2), "float32"))
    limit = np.sqrt(6 / (500 + 1))
    assert 0.95 * limit < np.abs(layer.kernel.numpy()).max() <= limit
