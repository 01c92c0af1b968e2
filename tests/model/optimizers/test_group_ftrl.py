"""G-FTRL's pure step."""

import math

import numpy as np
import pytest
import tensorflow as tf

from model.errors import InvalidInputError
from model.optimizers import GroupFtrl, ftrl_step, group_ftrl_step

HYPER = {"alpha": 0.05, "beta": 1.0, "lambda1": 0.3, "lambda2": 0.7}


def oracle(w, z, n, g, alpha, beta, lambda1, lambda2):
    """The update rule, a row and a coordinate at a time, in Python's own floats."""
    new_w, new_z, new_n = w.copy(), z.copy(), n.copy()
    rows, D = w.shape
    for r in range(rows):
        for j in range(D):
            new_n[r, j] = n[r, j] + g[r, j] ** 2
            sigma = (math.sqrt(new_n[r, j]) - math.sqrt(n[r, j])) / alpha
            new_z[r, j] = z[r, j] + g[r, j] - sigma * w[r, j]
        norm = math.sqrt(math.fsum(x * x for x in new_z[r]))
        for j in range(D):
            if norm <= lambda1 * math.sqrt(D):
                new_w[r, j] = 0.0
            else:
                pull = (beta + math.sqrt(new_n[r, j])) / alpha + lambda2
                new_w[r, j] = new_z[r, j] * (lambda1 * math.sqrt(D) / norm - 1) / pull
    return new_w, new_z, new_n


def walk(random, steps, shape, scale=1.0):
    """Gradients that leave some rows below the threshold and take others far beyond it."""
    size = scale * np.exp(random.normal(size=(shape[0], 1)))
    return [random.normal(size=shape) * size for _ in range(steps)]


@pytest.mark.parametrize("D", [1, 2, 16])
def test_agrees_with_the_oracle_over_many_steps(D):
    random = np.random.default_rng(D)
    shape = (12, D)
    mine = (random.normal(size=shape), np.zeros(shape), np.zeros(shape))
    other = mine
    zeros = 0
    for g in walk(random, 300, shape, scale=0.02):
        mine, other = group_ftrl_step(*mine, g, **HYPER), oracle(*other, g, **HYPER)
        for ours, theirs in zip(mine, other, strict=True):
            np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-12)
        np.testing.assert_array_equal(mine[0] == 0, other[0] == 0)
        zeros += int((mine[0] == 0).all(axis=1).sum())
    assert 0 < zeros < 300 * 12  # both branches were taken


@pytest.mark.parametrize(("dtype", "tolerance"), [("float64", 1e-13), ("float32", 1e-4)])
def test_tensors_give_what_arrays_give(dtype, tolerance):
    random = np.random.default_rng(5)
    shape = (12, 4)
    arrays = (random.normal(size=shape), np.zeros(shape), np.zeros(shape))
    tensors = tuple(tf.constant(array, dtype) for array in arrays)
    step = tf.function(lambda w, z, n, g: group_ftrl_step(w, z, n, g, **HYPER))
    for g in walk(random, 50, shape):
        arrays = group_ftrl_step(*arrays, g, **HYPER)
        tensors = step(*tensors, tf.constant(g, dtype))
    for array, tensor in zip(arrays, tensors, strict=True):
        assert tensor.dtype == dtype
        np.testing.assert_allclose(tensor, array, rtol=tolerance, atol=tolerance)


def test_without_lambda1_it_is_ftrl():
    random = np.random.default_rng(6)
    shape = (12, 8)
    hyper = HYPER | {"lambda1": 0.0}
    group = single = (random.normal(size=shape), np.zeros(shape), np.zeros(shape))
    for g in walk(random, 100, shape):
        group, single = group_ftrl_step(*group, g, **hyper), ftrl_step(*single, g, **hyper)
    for ours, theirs in zip(group, single, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-11, atol=1e-14)


def test_at_width_one_it_is_ftrl_with_l1():
    random = np.random.default_rng(7)
    shape = (40, 1)
    group = single = (random.normal(size=shape), np.zeros(shape), np.zeros(shape))
    for g in walk(random, 100, shape, scale=0.05):
        group, single = group_ftrl_step(*group, g, **HYPER), ftrl_step(*single, g, **HYPER)
        np.testing.assert_array_equal(group[0] == 0, single[0] == 0)
    assert 0 < (group[0] == 0).sum() < 40
    for ours, theirs in zip(group, single, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-12)


def test_a_row_at_the_threshold_is_exactly_zero_and_one_beyond_it_is_not():
    zero = np.zeros((2, 4))
    hyper = HYPER | {"lambda1": 1.0}  # threshold: 1 * sqrt(4) = 2
    g = np.array([[2.0, 0, 0, 0], [2.0001, 0, 0, 0]])
    w, _, _ = group_ftrl_step(zero, zero, zero, g, **hyper)
    np.testing.assert_array_equal(w[0], 0.0)
    # 2.0001 * (2 / 2.0001 - 1) = -0.0001 over (1 + 2.0001) / 0.05 + 0.7
    np.testing.assert_allclose(w[1], [-0.0001 / (3.0001 / 0.05 + 0.7), 0, 0, 0], rtol=1e-9)


@pytest.mark.parametrize("lambda1", [0.0, 0.5])
def test_a_row_without_gradient_or_history_stays_zero(lambda1):
    zero = tf.zeros((3, 4))
    for new in group_ftrl_step(zero, zero, zero, zero, 0.05, 1.0, lambda1, 0.0):
        np.testing.assert_array_equal(new, 0.0)


@pytest.mark.parametrize("lambda1", [0.0, 0.5])
def test_a_gradient_that_is_not_a_number_shows(lambda1):
    zero, g = np.zeros((2, 2)), np.array([[np.nan, 1.0], [1.0, 1.0]])
    for arrays in (np.asarray, tf.constant):
        w, _, _ = group_ftrl_step(*map(arrays, (zero, zero, zero, g)), 0.05, 1.0, lambda1, 1.0)
        # Without the group's norm the elements of a row are independent.
        assert np.isnan(w[0]).tolist() == [True, lambda1 > 0]
        assert np.isfinite(w[1]).all()


@pytest.mark.parametrize("lambda1", [0.0, 0.5])
def test_consistent_slots_give_back_the_initial_row(lambda1):
    optimizer = GroupFtrl(0.05, 1.0, lambda1, 2.0, z_init="consistent")
    rows = np.random.default_rng(8).normal(scale=0.01, size=(5, 4)).astype("float32")
    rows[2] = 0.0
    z, n = optimizer.start(rows)
    w, new_z, new_n = optimizer.step((rows, z, n), np.zeros_like(rows), 1)
    np.testing.assert_allclose(w, rows, rtol=1e-5, atol=1e-9)
    np.testing.assert_array_equal(new_z, z)
    np.testing.assert_array_equal(new_n, n)


def test_zero_slots_forget_most_of_a_small_initial_row_at_the_first_step():
    optimizer = GroupFtrl(0.05, 1.0, 0.0, 1.0, z_init="zero")
    rows = np.full((1, 4), 0.01, "float32")
    g = np.full((1, 4), 1e-4, "float32")
    w, _, _ = optimizer.step((rows, *optimizer.start(rows)), g, 1)
    assert np.abs(w).max() < 1e-4


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        ({"alpha": 0.0}, "alpha"),
        ({"alpha": float("inf")}, "alpha"),
        ({"beta": -1.0}, "beta"),
        ({"lambda1": float("nan")}, "lambda1"),
        ({"lambda2": -0.1}, "lambda2"),
        ({"beta": 0.0, "lambda2": 0.0}, "beta"),
        ({"z_init": "none"}, "z_init"),
    ],
)
def test_arguments_outside_their_rule_are_refused(arguments, names):
    with pytest.raises(InvalidInputError, match=rf"^{names}: must be .*; received "):
        GroupFtrl(**arguments)
