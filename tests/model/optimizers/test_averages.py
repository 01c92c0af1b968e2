"""Averages over steps: equal to the plain sum over all steps, for the price of the batch's rows."""

import numpy as np
import pytest
import tensorflow as tf

from model.errors import InvalidInputError
from model.optimizers import DenseAverage, SparseTable, build_row_optimizer

ROWS, WIDTH, DECAY = 30, 3, 0.8


def table(decay=DECAY, **arguments):
    optimizer = build_row_optimizer({"name": "group_ftrl", **arguments})
    return SparseTable(ROWS, WIDTH, optimizer, 0, 0.1, decay)


def batches(count, seed=0):
    random = np.random.default_rng(seed)
    for _ in range(count):
        ids = random.choice(ROWS - 1, size=random.integers(1, 8), replace=False)
        yield ids.astype("int32"), random.normal(size=(len(ids), WIDTH)).astype("float32")


def oracle(history, decay):
    """Weigh the rows after each step by ``d^(t - i)``, in float64."""
    weights = decay ** np.arange(len(history) - 1, -1, -1)
    return np.tensordot(weights / weights.sum(), np.asarray(history, np.float64), axes=1)


def own_rows(trained):
    return trained.state()["state"][:, :WIDTH]


def test_rows_are_averaged_over_every_step_whether_or_not_a_batch_held_them():
    trained, plain = table(), table(decay=0.0)
    step, plain_step = tf.function(trained.apply), tf.function(plain.apply)
    history = []
    for ids, gradients in batches(60):
        step(ids, gradients)
        plain_step(ids, gradients)
        history.append(plain.table())
        np.testing.assert_allclose(trained.table(), oracle(history, DECAY), rtol=2e-5, atol=1e-6)
    np.testing.assert_array_equal(own_rows(trained), plain.table())


def test_before_the_first_step_the_average_is_the_rows():
    np.testing.assert_array_equal(table().table(), table(decay=0.0).table())


def test_a_row_that_group_ftrl_set_to_zero_is_zero_in_the_average():
    trained = table(lambda1=2.0, z_init="zero")
    step = tf.function(trained.apply)
    for ids, gradients in batches(40):
        step(ids, gradients)
    zero = ~own_rows(trained).any(axis=1)
    assert 0 < zero.sum() < ROWS
    np.testing.assert_array_equal(trained.table()[zero], 0.0)
    assert trained.table()[~zero].any(axis=1).all()


def test_a_restored_table_goes_on_alike():
    whole, half = table(), table()
    steps = list(batches(30))
    for place, (ids, gradients) in enumerate(steps):
        whole.apply(ids, gradients)
        if place < 15:
            half.apply(ids, gradients)
    rest = table()
    rest.restore(half.state())
    for ids, gradients in steps[15:]:
        rest.apply(ids, gradients)
    np.testing.assert_array_equal(rest.table(), whole.table())


def test_variables_are_averaged_and_get_their_own_values_back():
    variable = tf.Variable([1.0, -2.0, 0.0])
    average = DenseAverage([variable], DECAY)
    with average.applied():
        np.testing.assert_array_equal(variable.numpy(), [1.0, -2.0, 0.0])
    history = []
    for step in range(1, 30):
        variable.assign([np.sin(step), np.cos(step), 0.0 if step > 20 else 1.0])
        average.update()
        history.append(variable.numpy())
    expected = oracle(history, DECAY)
    expected[2] = 0.0  # what is exactly zero now stays so
    with average.applied():
        np.testing.assert_allclose(variable.numpy(), expected, rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(variable.numpy(), history[-1])


def test_a_restored_average_goes_on_alike():
    variable = tf.Variable([0.5])
    first, second = DenseAverage([variable], DECAY), DenseAverage([variable], DECAY)
    first.update()
    second.restore(first.state())
    variable.assign([0.9])
    for average in (first, second):
        average.update()
    with first.applied():
        value = variable.numpy()
    with second.applied():
        np.testing.assert_array_equal(variable.numpy(), value)


@pytest.mark.parametrize("decay", [-0.1, 1.0, float("nan")])
def test_a_decay_outside_its_rule_is_refused(decay):
    with pytest.raises(InvalidInputError, match="average_decay: must be above 0 and below 1"):
        table(decay)
