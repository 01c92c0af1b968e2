"""No layer builds a matrix per instance."""

import numpy as np
import pytest
import tensorflow as tf

from model.layers import DynamicGeneratedParameters, DynamicWeightedParameters, SubspaceCrossing

B, F, D = 64, 5, 6


def largest_tensor(function, *arguments):
    """Trace a function with gradients and return the most elements that any tensor in it has."""
    graph = tf.function(function).get_concrete_function(*arguments).graph
    sizes = [
        tensor.shape.num_elements()
        for operation in graph.get_operations()
        for tensor in operation.outputs
    ]
    assert sizes
    assert None not in sizes
    return max(sizes)


def trained(layer, h):
    crossing = SubspaceCrossing(h, rows_last=True)

    def step(embeddings):
        with tf.GradientTape() as tape:
            tape.watch(embeddings)
            x0 = crossing(embeddings)
            loss = tf.reduce_sum(layer(x0, x0, embeddings, training=True)) + sum(layer.losses)
        return tape.gradient(loss, [embeddings, *(v.value for v in layer.trainable_variables)])

    return step


@pytest.mark.parametrize("h", [2, 3, D])
@pytest.mark.parametrize("kind", [DynamicGeneratedParameters, DynamicWeightedParameters])
def test_no_tensor_of_a_training_step_is_as_large_as_a_matrix_per_instance(kind, h):
    layer = kind(2, reduction_ratio=4, orthogonality=0.1, rows_last=True)
    embeddings = tf.constant(np.random.default_rng(0).normal(size=(B, F, D)).astype("float32"))
    step = trained(layer, h)
    step(embeddings)  # builds the weights
    N, d = F * h, D // h
    # The largest part per instance is a map, its K copies or the gate's 2 K N outputs.
    allowed = B * N * 2 * max(d, 2)
    assert allowed < B * N * N
    assert largest_tensor(step, embeddings) <= allowed


def test_the_measure_sees_a_matrix_per_instance():
    def literal(u, v):
        return tf.reduce_sum(u[:, :, None] * v[:, None, :], axis=2)

    u = tf.zeros((B, F * D))
    assert largest_tensor(literal, u, u) == B * (F * D) ** 2
