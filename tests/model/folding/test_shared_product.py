import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np
import tensorflow as tf

from model.folding.shared_product import WIDE, SharedProduct


def test_stacks_narrow_kernels_and_leaves_wide_ones_and_empty_ones_alone():
    generator = np.random.default_rng(0)
    sizes = [3, WIDE, 0, WIDE - 1, WIDE + 1]
    kernels = [generator.normal(size=(4, size)) for size in sizes]
    biases = [generator.normal(size=size) for size in sizes]
    product = SharedProduct(kernels, biases, "float64")
    x = generator.normal(size=(5, 4))
    for part, kernel, bias in zip(product(x), kernels, biases, strict=True):
        if not len(bias):
            assert part is None
        else:
            np.testing.assert_allclose(part.numpy(), x @ kernel + bias, rtol=1e-12)
    traced = tf.function(product, autograph=False).get_concrete_function(
        tf.TensorSpec((None, 4), tf.float64)
    )
    kinds = [operation.type for operation in traced.graph.get_operations()]
    assert kinds.count("MatMul") == 3


def test_without_kernels_there_are_no_results():
    assert SharedProduct([], [], "float32")(tf.zeros((2, 4))) == []
