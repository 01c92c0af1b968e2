"""Weights that other hyper-parameters trained stay where they are."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from model.optimizers import Ftrl, GroupFtrl, LazyAdam

OLD = {"alpha": 0.2, "beta": 1.0, "lambda1": 0.05, "lambda2": 0.3}
NEW = {"alpha": 0.03, "beta": 2.0, "lambda1": 0.08, "lambda2": 0.0}


def trained_rows(optimizer, steps=4):
    """Rows after some steps: some of them zeroed by the group lasso, the last never stepped."""
    random = np.random.default_rng(3)
    rows = random.normal(size=(40, 3)).astype(np.float32) * 0.05
    slots = optimizer.start(rows)
    stepped, state = slice(0, 39), (rows, *slots)
    scale = np.geomspace(0.005, 1.0, 39)[:, None]
    for _ in range(steps):
        g = (random.normal(size=(39, 3)) * scale).astype(np.float32)
        parts = optimizer.step(tuple(part[stepped] for part in state), g, None)
        state = tuple(
            np.concatenate([new, old[39:]]) for new, old in zip(parts, state, strict=True)
        )
    return state


@pytest.mark.parametrize("z_init", ["consistent", "zero"])
def test_a_step_without_a_gradient_leaves_adopted_rows(z_init):
    rows, *slots = trained_rows(GroupFtrl(**OLD, z_init="zero"))
    zero = ~rows.any(axis=1)
    assert 3 < zero.sum() < 36
    subject = GroupFtrl(**NEW, z_init=z_init)
    z, n = subject.adopt(rows, tuple(slots))
    assert z.dtype == np.float32
    after, *_ = subject.step((rows, z, n), np.zeros_like(rows), None)
    np.testing.assert_allclose(after[:39], rows[:39], rtol=2e-4, atol=1e-7)
    np.testing.assert_array_equal(after[zero], 0.0)
    np.testing.assert_array_equal(n, slots[1])
    np.testing.assert_allclose(z[39], subject.start(rows)[0][39], rtol=1e-6)
    # Without it they jump.
    jumped, *_ = subject.step((rows, *slots), np.zeros_like(rows), None)
    assert np.abs(jumped - rows).max() > 0.01


def test_a_zero_row_keeps_what_it_has_gathered_up_to_the_threshold():
    subject = GroupFtrl(alpha=0.1, lambda1=0.5)
    rows, n = np.zeros((2, 4), np.float32), np.ones((2, 4), np.float32)
    z = np.array([[0.1, 0, 0, 0], [4, 0, 3, 0]], np.float32)
    adopted, _ = subject.adopt(rows, (z, n))  # the threshold is 0.5 * sqrt(4) = 1
    np.testing.assert_allclose(adopted, [[0.1, 0, 0, 0], [0.8, 0, 0.6, 0]], rtol=1e-6)


def test_a_step_without_a_gradient_leaves_an_adopted_variable():
    variable = keras.Variable(np.array([[0.5, -0.2], [0.01, 0.3]], np.float32), name="kernel")
    old = Ftrl(**OLD)
    random = np.random.default_rng(0)
    for _ in range(4):
        old.apply([variable], [tf.constant(random.normal(size=(2, 2)).astype(np.float32))])
    variable.assign(np.where([[True, True], [False, True]], np.asarray(variable), 0.0))
    subject = Ftrl(**NEW)
    subject.restore(old.state())
    subject.adopt([variable])
    before = np.asarray(variable).copy()
    subject.apply([variable], [tf.zeros((2, 2))])
    np.testing.assert_allclose(variable, before, rtol=2e-4, atol=1e-7)
    assert before[1, 0] == np.asarray(variable)[1, 0] == 0.0
    np.testing.assert_array_equal(subject.state()["kernel/n"], old.state()["kernel/n"])


def test_moments_are_adopted_as_they_are():
    slots = np.ones((2, 3), np.float32), np.full((2, 3), 2, np.float32)
    assert LazyAdam(alpha=0.5).adopt(np.zeros((2, 3), np.float32), slots) is slots
