"""The orthogonality penalty."""

import numpy as np
import tensorflow as tf

from model.layers import DynamicGeneratedParameters, DynamicWeightedParameters, SubspaceCrossing
from model.losses import cosine_penalty
from tests.model.layers.equations import cosines, gated

X_0 = np.random.default_rng(3).normal(size=(5, 3, 4))


def crossed():
    return SubspaceCrossing(2, dtype="float64")(X_0)


def test_matches_the_hand_computed_example():
    # cos = 1 / sqrt(2), 0 and -1 / sqrt(2).
    vectors = np.array([[1.0, 0.0], [3.0, 3.0], [0.0, -2.0]])
    np.testing.assert_allclose(cosine_penalty(vectors), np.sqrt(2))


def test_orthogonal_vectors_cost_nothing():
    assert float(cosine_penalty(np.eye(3))) == 0.0


def test_a_zero_vector_costs_nothing_and_has_no_gradient():
    vectors = tf.constant([[1.0, 2.0], [0.0, 0.0], [2.0, 1.0], [0.0, 0.0]])
    with tf.GradientTape() as tape:
        tape.watch(vectors)
        penalty = cosine_penalty(vectors)
    gradient = tape.gradient(penalty, vectors).numpy()
    np.testing.assert_allclose(penalty, 0.8, rtol=1e-6)
    assert np.isfinite(gradient).all()
    np.testing.assert_array_equal(gradient[[1, 3]], 0.0)
    assert (gradient[[0, 2]] != 0).any()


def test_vectors_too_small_to_square_count_as_zero():
    vectors = tf.constant([[1e-30, 1e-30], [1.0, 1.0]])
    with tf.GradientTape() as tape:
        tape.watch(vectors)
        penalty = cosine_penalty(vectors)
    assert float(penalty) == 0.0
    assert np.isfinite(tape.gradient(penalty, vectors)).all()


def test_one_vector_has_no_pairs():
    assert float(cosine_penalty(np.ones((1, 4)))) == 0.0


def test_generated_parameters_add_equation_11_in_training_only():
    layer = DynamicGeneratedParameters(kernel_size=3, orthogonality=0.25, dtype="float64")
    layer(crossed(), crossed(), X_0)
    assert layer.losses == []
    layer(crossed(), crossed(), X_0, training=True)
    U, V = (np.asarray(kernel.value).T for kernel in (layer.U, layer.V))
    np.testing.assert_allclose(layer.losses, [0.25 * (cosines(U) + cosines(V))])


def test_weighted_parameters_add_the_mean_of_equation_12_in_training_only():
    layer = DynamicWeightedParameters(latent_rank=3, orthogonality=0.25, dtype="float64")
    layer(crossed(), crossed(), X_0)
    assert layer.losses == []
    layer(crossed(), crossed(), X_0, training=True)
    weights = [(gated(layer.gate, x) + layer.offset).reshape(2, 3, 6) for x in X_0]
    mean = np.mean([cosines(u) + cosines(v) for u, v in weights])
    np.testing.assert_allclose(layer.losses, [0.25 * mean])


def test_without_a_weight_nothing_is_computed():
    for layer in (
        DynamicGeneratedParameters(kernel_size=3, dtype="float64"),
        DynamicWeightedParameters(latent_rank=3, dtype="float64"),
    ):
        layer(crossed(), crossed(), X_0, training=True)
        assert layer.losses == []
