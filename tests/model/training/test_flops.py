"""Arithmetic counted in a graph, beside what its equation says."""

import numpy as np
import pytest
import tensorflow as tf

from model.zoo import build_network
from training.compare.flops import flops_per_example

F, D = 3, 4


def test_a_logistic_regression_adds_up_its_rows():
    network = build_network("lr", F)
    assert flops_per_example(network, F, 1) == F + 1


def test_a_deep_network_is_its_products_biases_and_activations():
    network = build_network("dnn", F, {"dim": D, "hidden_units": [5, 2]})
    products = 2 * (F * D * 5 + 5 * 2 + 2 * 1)
    biases, activations = 5 + 2 + 1, 5 + 2
    assert flops_per_example(network, F, D) == products + biases + activations


@pytest.mark.parametrize(
    ("model", "flops"),
    [
        (lambda x: tf.einsum("bfd,de->bfe", x, np.ones((D, 7), np.float32)), 2 * F * D * 7),
        (lambda x: tf.matmul(x, x, transpose_b=True), 2 * F * F * D),
        (lambda x: tf.matmul(x, x, transpose_a=True), 2 * D * D * F),
        (lambda x: tf.nn.softmax(x), 5 * F * D),
        (lambda x: tf.transpose(tf.concat([x, x], 1), (0, 2, 1)), 0),
        (lambda x: tf.reduce_sum(x * x + 1.0), 3 * F * D),
        (lambda x: tf.function(lambda y: y * 2.0)(x), F * D),
    ],
    ids=["einsum", "gram", "transposed", "softmax", "moves", "elements", "nested"],
)
def test_each_kind_of_operation(model, flops):
    assert flops_per_example(model, F, D) == flops


def test_folding_the_same_network_does_less():
    from model.folding import fold

    network = build_network("dynint_dgp", F, {"dim": D, "subspaces": D, "kernel_size": 8})
    assert 0 < flops_per_example(fold(network), F, D) < flops_per_example(network, F, D)
