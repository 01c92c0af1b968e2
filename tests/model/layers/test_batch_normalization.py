"""Batch normalisation over shards."""

import numpy as np
import tensorflow as tf

from model.layers import BatchNormalization, Tower

X = np.random.default_rng(0).normal(2.0, 3.0, (64, 5))


def layer(**arguments):
    norm = BatchNormalization(dtype="float64", **arguments)
    norm.build((None, 5))
    return norm


def test_training_normalises_by_the_batch():
    norm = layer(epsilon=0.5)
    norm.gamma.assign(np.arange(1.0, 6.0))
    norm.beta.assign(np.arange(5.0))
    expected = (X - X.mean(0)) / np.sqrt(X.var(0) + 0.5) * np.arange(1, 6) + np.arange(5)
    np.testing.assert_allclose(norm(X, training=True), expected, rtol=1e-12)


def test_serving_normalises_by_the_moving_averages():
    norm = layer(momentum=0.9)
    mean, variance = np.zeros(5), np.ones(5)
    for part in np.split(X, 4):
        norm(part, training=True)
        share = 0.1 * 15 / 31  # 16 rows of the 32 that would count in full
        mean += share * (part.mean(0) - mean)
        variance += share * (part.var(0) - variance)
    np.testing.assert_allclose(norm.moving_mean, mean, rtol=1e-12)
    np.testing.assert_allclose(norm.moving_variance, variance, rtol=1e-12)
    expected = (X - mean) / np.sqrt(variance + 1e-3)
    np.testing.assert_allclose(norm(X), expected, rtol=1e-12)
    np.testing.assert_allclose(norm.moving_mean, mean, rtol=1e-12)  # serving moves nothing


def test_an_empty_shard_and_one_row_are_harmless():
    norm = layer()
    for rows in (X[:0], X[:1]):
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(norm(rows, training=True))
        for gradient in tape.gradient(loss, [norm.gamma.value, norm.beta.value]):
            assert np.isfinite(gradient).all()
    np.testing.assert_array_equal(norm.moving_mean, np.zeros(5))
    np.testing.assert_array_equal(norm.moving_variance, np.ones(5))


def test_a_tower_normalises_before_each_relu():
    tower = Tower([4, 3], batch_norm=True, dtype="float64")
    tower.build((None, 5))
    h = X
    for dense, norm, *_ in zip(tower.steps[::3], tower.steps[1::3], strict=True):
        h = h @ dense.kernel.numpy() + dense.bias.numpy()
        h = np.maximum((h - h.mean(0)) / np.sqrt(h.var(0) + norm.epsilon), 0)
    np.testing.assert_allclose(tower(X, training=True), h, rtol=1e-10)
    assert Tower.from_config(tower.get_config()).batch_norm
