"""The table: only the rows of a batch are touched, whatever the optimizer."""

import numpy as np
import pytest
import tensorflow as tf

from model.errors import InvalidInputError
from model.optimizers import ROW_OPTIMIZERS, SparseTable, build_row_optimizer, group_ftrl_step

ROWS, WIDTH = 40, 3


def table(name="group_ftrl", seed=0, init_scale=0.1, rows=ROWS, **arguments):
    optimizer = build_row_optimizer({"name": name, **arguments})
    return SparseTable(rows, WIDTH, optimizer, seed, init_scale)


def batches(count, seed=0):
    random = np.random.default_rng(seed)
    for _ in range(count):
        ids = random.choice(ROWS - 1, size=random.integers(1, 12), replace=False)
        yield ids.astype("int32"), random.normal(size=(len(ids), WIDTH)).astype("float32")


def graph(table):
    return tf.function(table.apply, reduce_retracing=True)


def test_initial_rows_are_uniform_and_decided_by_the_seed():
    rows = table(rows=5000).table()
    assert rows.dtype == np.float32
    assert -0.1 <= rows.min() < -0.0999
    assert 0.0999 < rows.max() < 0.1
    np.testing.assert_array_equal(rows, table(rows=5000).table())
    assert not np.array_equal(rows, table(rows=5000, seed=1).table())


def test_an_initial_row_does_not_depend_on_the_rows_that_follow():
    np.testing.assert_array_equal(table(rows=70_000).table()[:ROWS], table().table())


def test_at_scale_zero_the_rows_start_at_zero():
    np.testing.assert_array_equal(table(init_scale=0.0).table(), 0.0)


@pytest.mark.parametrize("name", ROW_OPTIMIZERS)
def test_rows_outside_the_batch_stay_bit_identical(name):
    trained = table(name)
    step = graph(trained)
    for ids, gradients in batches(20):
        before = trained.state()["state"]
        step(ids, gradients)
        after = trained.state()["state"]
        others = np.setdiff1d(np.arange(ROWS), ids)
        np.testing.assert_array_equal(after[others].view("int32"), before[others].view("int32"))
        assert (after[ids] != before[ids]).any(axis=1).all()
    never = trained.state()["state"][ROWS - 1]
    np.testing.assert_array_equal(never, table(name).state()["state"][ROWS - 1])


def test_gathering_in_a_graph_gives_the_rows():
    trained = table()
    rows = tf.function(trained.gather)(tf.constant([3, 0, 3]))
    np.testing.assert_array_equal(rows, trained.table()[[3, 0, 3]])


@pytest.mark.parametrize("z_init", ["zero", "consistent"])
def test_group_ftrl_does_the_pure_step_on_each_row(z_init):
    hyper = {"alpha": 0.1, "beta": 1.0, "lambda1": 0.2, "lambda2": 0.5}
    trained = table(z_init=z_init, **hyper)
    step = graph(trained)
    state = trained.state()["state"].astype("float64").reshape(ROWS, 3, WIDTH)
    for ids, gradients in batches(50):
        step(ids, gradients)
        w, z, n = (state[ids, part] for part in range(3))
        g = gradients.astype("float64")
        for part, new in enumerate(group_ftrl_step(w, z, n, g, **hyper)):
            state[ids, part] = new
    result = trained.state()["state"].reshape(ROWS, 3, WIDTH)
    np.testing.assert_allclose(result, state, rtol=1e-3, atol=1e-5)
    np.testing.assert_array_equal(trained.table(), result[:, 0])


def test_group_ftrl_makes_whole_rows_exactly_zero():
    trained = table(lambda1=0.5, z_init="zero")
    trained.apply(np.array([4, 5]), np.array([[1e-3] * 3, [5.0] * 3], "float32"))
    rows = trained.table()
    np.testing.assert_array_equal(rows[4], 0.0)
    assert (rows[5] != 0).all()


def test_adam_does_adam_s_step_with_the_count_of_all_steps():
    trained = table("adam", alpha=0.01)
    step = graph(trained)
    w = trained.table().astype("float64")
    m, v = np.zeros_like(w), np.zeros_like(w)
    for t, (ids, gradients) in enumerate(batches(30), start=1):
        step(ids, gradients)
        g = gradients.astype("float64")
        m[ids] = 0.9 * m[ids] + 0.1 * g
        v[ids] = 0.999 * v[ids] + 0.001 * g * g
        first, second = m[ids] / (1 - 0.9**t), v[ids] / (1 - 0.999**t)
        w[ids] -= 0.01 * first / (np.sqrt(second) + 1e-7)
    np.testing.assert_allclose(trained.table(), w, rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("name", ROW_OPTIMIZERS)
def test_a_restored_table_goes_on_as_if_never_stopped(name):
    whole = table(name)
    steps = list(batches(10))
    for ids, gradients in steps[:5]:
        whole.apply(ids, gradients)
    state = whole.state()
    for ids, gradients in steps[5:]:
        whole.apply(ids, gradients)
    resumed = table(name, seed=9)
    resumed.restore(state)
    for ids, gradients in steps[5:]:
        resumed.apply(ids, gradients)
    for key, value in whole.state().items():
        np.testing.assert_array_equal(resumed.state()[key], value)


def test_steps_are_counted_and_restored():
    subject, other = table(), table()
    apply = graph(subject)
    for number, (ids, gradients) in enumerate(batches(3)):
        assert int(subject.steps) == number
        apply(ids, gradients)
    other.restore(subject.state())
    assert int(other.steps) == int(subject.steps) == 3


def test_a_state_of_another_shape_is_refused():
    with pytest.raises(InvalidInputError, match=r"state: must have shape \(40, 9\); received"):
        table().restore(table(rows=ROWS + 1).state())


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"rows": 0}, "rows: must be at least 1; received 0"),
        ({"init_scale": -0.1}, "init_scale: must be finite and not negative; received -0.1"),
    ],
)
def test_arguments_outside_their_rule_are_refused(arguments, text):
    with pytest.raises(InvalidInputError, match=f"^{text}"):
        table(**arguments)


def test_a_step_s_graph_holds_no_tensor_as_large_as_the_table():
    trained = table(rows=1000)
    spec = (tf.TensorSpec([7], tf.int32), tf.TensorSpec([7, WIDTH], tf.float32))
    concrete = tf.function(
        lambda ids, g: (trained.gather(ids), trained.apply(ids, g))
    ).get_concrete_function(*spec)
    sizes = [
        tensor.shape.num_elements() or 0
        for operation in concrete.graph.get_operations()
        for tensor in operation.outputs
        if tensor.dtype != tf.resource
    ]
    assert max(sizes) <= 7 * WIDTH


def test_a_scaled_rate_scales_the_steps_of_rows():
    moves = []
    for scale in (1.0, 0.25):
        optimizer = build_row_optimizer({"name": "adam", "alpha": 0.05})
        table = SparseTable(4, 2, optimizer, seed=0, init_scale=0.1)
        before = table.table()
        optimizer.scale_rate(scale)
        table.apply(np.arange(2), np.ones((2, 2), "float32"))
        moves.append(table.table() - before)
    np.testing.assert_allclose(moves[0][:2], -0.05, rtol=1e-4)
    np.testing.assert_allclose(moves[1], 0.25 * moves[0], rtol=1e-4, atol=1e-8)
