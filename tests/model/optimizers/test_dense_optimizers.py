"""What every optimizer of dense variables promises."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from model.errors import InvalidInputError
from model.optimizers import DENSE_OPTIMIZERS, build_dense_optimizer

ALPHA = {"ftrl": 0.5, "adam": 0.05}
TARGET = np.array([[1.0, -2.0], [0.5, 3.0]], "float32")


def fresh():
    names = ("kernel", "bias")
    return [keras.Variable(np.full((2, 2), 0.1, "float32"), name=name) for name in names]


def train(optimizer, variables, steps):
    @tf.function
    def step():
        with tf.GradientTape() as tape:
            loss = tf.add_n([tf.reduce_sum((v.value - TARGET) ** 2) for v in variables])
        optimizer.apply(variables, tape.gradient(loss, [v.value for v in variables]))
        return loss

    return [float(step()) for _ in range(steps)]


@pytest.mark.parametrize("name", DENSE_OPTIMIZERS)
def test_a_loss_goes_down(name):
    losses = train(build_dense_optimizer({"name": name, "alpha": ALPHA[name]}), fresh(), 150)
    assert losses[-1] < 0.05 * losses[0]


def test_a_scaled_rate_scales_the_step():
    moves = []
    for scale in (1.0, 0.25):
        optimizer, variables = build_dense_optimizer({"name": "adam", "alpha": 0.05}), fresh()
        optimizer.scale_rate(scale)
        train(optimizer, variables, 1)
        moves.append(variables[0].numpy() - 0.1)
    np.testing.assert_allclose(moves[1], 0.25 * moves[0], rtol=1e-5)


def test_ftrl_s_rate_is_not_scaled():
    optimizer = build_dense_optimizer({"name": "ftrl"})
    optimizer.scale_rate(1.0)
    with pytest.raises(InvalidInputError, match="scale: must be 1 for FTRL and G-FTRL"):
        optimizer.scale_rate(0.5)


@pytest.mark.parametrize("name", DENSE_OPTIMIZERS)
def test_a_restored_optimizer_goes_on_as_if_never_stopped(name):
    config = {"name": name, "alpha": ALPHA[name]}
    whole, variables = build_dense_optimizer(config), fresh()
    train(whole, variables, 5)
    state = {key: value.copy() for key, value in whole.state().items()}
    values = [variable.numpy() for variable in variables]
    train(whole, variables, 5)

    resumed, others = build_dense_optimizer(config), fresh()
    for variable, value in zip(others, values, strict=True):
        variable.assign(value)
    resumed.restore(state)  # before its first step
    train(resumed, others, 5)
    for one, other in zip(variables, others, strict=True):
        np.testing.assert_array_equal(one.value, other.value)
    assert resumed.state().keys() == whole.state().keys()

    whole.restore(state)  # after its first step
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)
    train(whole, variables, 5)
    for one, other in zip(variables, others, strict=True):
        np.testing.assert_array_equal(one.value, other.value)


@pytest.mark.parametrize("name", DENSE_OPTIMIZERS)
def test_the_state_is_a_copy_and_finite(name):
    optimizer, variables = build_dense_optimizer({"name": name}), fresh()
    train(optimizer, variables, 1)
    before = {key: value.copy() for key, value in optimizer.state().items()}
    kept = optimizer.state()
    train(optimizer, variables, 3)
    assert before
    for key, value in before.items():
        assert np.isfinite(value).all()
        np.testing.assert_array_equal(kept[key], value)
