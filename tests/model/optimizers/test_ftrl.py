"""FTRL: the pure step and the optimizer of dense variables."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from model.errors import InvalidInputError
from model.optimizers import Ftrl, ftrl_step

HYPER = {"alpha": 0.1, "beta": 1.0, "lambda1": 0.2, "lambda2": 0.5}


class PerCoordinate:
    """McMahan et al. (2013), algorithm 1, for one coordinate: the weight follows from z and n."""

    def __init__(self, alpha, beta, lambda1, lambda2):
        self.alpha, self.beta, self.lambda1, self.lambda2 = alpha, beta, lambda1, lambda2
        self.z = self.n = 0.0

    @property
    def weight(self):
        if abs(self.z) <= self.lambda1:
            return 0.0
        sign = 1.0 if self.z > 0 else -1.0
        pull = (self.beta + self.n**0.5) / self.alpha + self.lambda2
        return -(self.z - sign * self.lambda1) / pull

    def learn(self, g):
        sigma = ((self.n + g * g) ** 0.5 - self.n**0.5) / self.alpha
        self.z += g - sigma * self.weight
        self.n += g * g


def test_agrees_with_the_algorithm_per_coordinate():
    random = np.random.default_rng(0)
    coordinates = [PerCoordinate(**HYPER) for _ in range(20)]
    state = (np.zeros(20), np.zeros(20), np.zeros(20))
    zeros = 0
    for _ in range(200):
        g = random.normal(size=20) * 0.1
        state = ftrl_step(*state, g, **HYPER)
        for coordinate, part in zip(coordinates, g, strict=True):
            coordinate.learn(part)
        expected = [coordinate.weight for coordinate in coordinates]
        np.testing.assert_allclose(state[0], expected, rtol=1e-9, atol=1e-13)
        zeros += int((state[0] == 0).sum())
    assert 0 < zeros < 200 * 20


def test_agrees_with_keras_when_keras_gets_half_of_lambda2():
    random = np.random.default_rng(1)
    start = random.normal(size=(6, 3)).astype("float32")
    theirs = keras.Variable(start)
    optimizer = keras.optimizers.Ftrl(
        HYPER["alpha"],
        initial_accumulator_value=0.0,
        l1_regularization_strength=HYPER["lambda1"],
        l2_regularization_strength=HYPER["lambda2"] / 2,
        beta=HYPER["beta"],
    )
    optimizer.build([theirs])
    mine = keras.Variable(start)
    ours = Ftrl(**HYPER, z_init="zero")
    for _ in range(50):
        g = tf.constant(random.normal(size=(6, 3)).astype("float32"))
        optimizer.apply([g])
        ours.apply([mine], [g])
    np.testing.assert_allclose(mine.value, theirs.value, rtol=1e-4, atol=1e-6)


def test_small_weights_become_exactly_zero():
    state = (np.array([0.5]), np.zeros(1), np.zeros(1))
    w, _, _ = ftrl_step(*state, np.array([1e-3]), **HYPER)
    assert w == 0.0


@pytest.mark.parametrize("lambda1", [0.0, 0.2])
def test_consistent_slots_keep_the_initial_weights(lambda1):
    start = np.random.default_rng(2).normal(size=(4, 3)).astype("float32")
    variable = keras.Variable(start)
    Ftrl(0.1, 1.0, lambda1, 0.5).apply([variable], [tf.zeros((4, 3))])
    np.testing.assert_allclose(variable.value, start, rtol=1e-5)


def test_a_step_in_a_graph_is_the_pure_step():
    random = np.random.default_rng(3)
    start = random.normal(size=(4, 3))
    variable = keras.Variable(start, dtype="float64", name="kernel")
    optimizer = Ftrl(**HYPER)
    step = tf.function(lambda g: optimizer.apply([variable], [g]))
    state = (start, optimizer.start(start), np.zeros_like(start))
    for _ in range(20):
        g = random.normal(size=(4, 3))
        step(tf.constant(g))
        state = ftrl_step(*state, g, **HYPER)
    np.testing.assert_allclose(variable.value, state[0], rtol=1e-12)
    slots = optimizer.state()
    np.testing.assert_allclose(slots[f"{variable.path}/z"], state[1], rtol=1e-12)
    np.testing.assert_allclose(slots[f"{variable.path}/n"], state[2], rtol=1e-12)


def test_arguments_outside_their_rule_are_refused():
    with pytest.raises(InvalidInputError, match="z_init: must be 'zero' or 'consistent'"):
        Ftrl(z_init="other")
    with pytest.raises(InvalidInputError, match="alpha: must be finite and positive; received -1"):
        Ftrl(-1)
