"""Dropout and penalty of embeddings."""

import numpy as np
import pytest
import tensorflow as tf

from model.optimizers import SparseTable, build_dense_optimizer
from model.zoo import build_network
from training.train.batch import Batch
from training.train.learner import Learner
from training.train.regularizer import Regularizer
from training.train.run_config import RunConfig
from training.train.train_step import TrainStep

FIELDS, ROWS, WIDTH = 2, 8, 4
IDS = np.array([[2, 4], [2, 5], [3, 4], [2, 6]], np.int32)
LABELS = np.array([1, 0, 1, 1], np.float32)
MODEL = {"name": "dnn", "dim": WIDTH, "hidden_units": [5], "dropout": 0.5}


class GradientKeeper:
    """A row optimizer that changes no row and keeps the gradient."""

    slots = 1

    def start(self, rows):
        return (np.zeros_like(rows),)

    def step(self, state, g, count):
        return state[0], g


class Held:
    """A variable as Keras holds it."""

    def __init__(self, variable):
        self.value, self.shape = variable, variable.shape


def table_of(width):
    return SparseTable(ROWS, width, GradientKeeper(), seed=3, init_scale=1.0)


def one_step(regularizer, network="xdeepint", batch_rows=1, ids=IDS, labels=LABELS):
    """Return the step's entropy and loss, the rows and the gradient by each, float64."""
    config = {} if network == "lr" else {"dim": WIDTH, "subspaces": 2}
    net = build_network(network, FIELDS, config, seed=4)
    table = table_of(net.row_width)
    step = TrainStep(
        net, table, build_dense_optimizer({"name": "ftrl"}), None, batch_rows, regularizer
    )
    entropy, loss = step(step.feed(Batch.of(ids, labels)))
    state = table.state()["state"].astype(np.float64)
    return entropy, loss, state[:, : net.row_width], state[:, net.row_width :]


def learner():
    tables = {"model": MODEL, "embedding_optimizer": {"init_scale": 0.5}}
    return Learner.build(RunConfig.parse(tables), FIELDS, ROWS)


def step_of(subject, **options):
    regularizer = Regularizer(**options) if options else None
    return TrainStep(
        subject.network, subject.table, subject.optimizer, regularizer=regularizer, batch_rows=2
    )


def test_the_penalty_is_half_lambda_times_the_squared_norm_of_every_occurrence():
    entropy, loss, rows, gradient = one_step(Regularizer(l2=0.3))
    _, plain_loss, _, plain = one_step(Regularizer())
    assert plain_loss == entropy
    expected = 0.3 / 2 * sum(rows[row] @ rows[row] for row in IDS.ravel())
    assert loss - entropy == pytest.approx(expected, rel=1e-5)
    times = np.bincount(IDS.ravel(), minlength=ROWS)
    assert times.tolist() == [0, 0, 3, 1, 2, 1, 1, 0]
    np.testing.assert_allclose(gradient - plain, 0.3 * times[:, None] * rows, rtol=1e-4, atol=1e-6)


def test_the_table_s_penalty_is_on_every_row_once_for_each_instance():
    entropy, loss, rows, gradient = one_step(Regularizer(table_l2=0.3))
    _, _, _, plain = one_step(Regularizer())
    assert loss - entropy == pytest.approx(len(IDS) * 0.3 / 2 * (rows**2).sum(), rel=1e-5)
    np.testing.assert_allclose(gradient - plain, len(IDS) * 0.3 * rows, rtol=1e-4, atol=1e-6)
    assert np.abs(gradient[7]).max() > 0  # not in the batch


def test_the_matrices_penalty_is_once_for_each_instance_and_not_on_biases():
    variables = [tf.Variable([[1.0, -2.0], [0.5, 3.0]]), tf.Variable([1.0, 2.0]), tf.Variable(4.0)]
    given = [tf.ones((2, 2)), tf.ones(2), tf.ones(())]
    gradients, penalty = Regularizer(dense_l2=0.3).on_matrices(
        [Held(variable) for variable in variables], given, 4
    )
    assert float(penalty) == pytest.approx(4 * 0.3 / 2 * 14.25)
    np.testing.assert_allclose(gradients[0], 1 + 4 * 0.3 * variables[0].numpy(), rtol=1e-6)
    np.testing.assert_array_equal(gradients[1], given[1])
    np.testing.assert_array_equal(gradients[2], given[2])


def test_a_step_penalises_the_network_s_matrices():
    entropy, loss, _, _ = one_step(Regularizer(dense_l2=0.3))
    net = build_network("xdeepint", FIELDS, {"dim": WIDTH, "subspaces": 2}, seed=4)
    squares = sum((v.numpy() ** 2).sum() for v in net.trainable_variables if len(v.shape) > 1)
    assert loss - entropy == pytest.approx(len(IDS) * 0.3 / 2 * squares, rel=1e-5)


def test_a_batch_in_shards_has_the_same_penalty():
    ids, labels = np.tile(IDS, (300, 1)), np.tile(LABELS, 300)
    whole, cut = (one_step(Regularizer(l2=0.3), "lr", n, ids, labels) for n in (1, 1024))
    np.testing.assert_allclose(cut[1], whole[1], rtol=1e-5)
    np.testing.assert_allclose(cut[3], whole[3], rtol=1e-4, atol=1e-3)


def test_dropout_zeroes_its_share_and_keeps_the_mean():
    regularizer = Regularizer(dropout=0.2, seed=1)
    shape = (1000, 10, 10)
    dropped = regularizer.dropped(tf.ones(shape), regularizer.draws(0, shape)).numpy()
    np.testing.assert_allclose(np.unique(dropped), [0, 1 / 0.8], rtol=1e-6)
    # Four deviations of the mean of 100,000 draws.
    assert (dropped == 0).mean() == pytest.approx(0.2, abs=4 * 0.4 / np.sqrt(dropped.size))
    assert dropped.mean() == pytest.approx(1, abs=4 * 0.5 / np.sqrt(dropped.size))


def test_seed_and_step_decide_what_is_dropped():
    shape = (16, FIELDS, WIDTH)

    def draws(seed, step):
        return Regularizer(0.5, seed=seed).draws(step, shape).numpy()

    first = draws(1, 0)
    np.testing.assert_array_equal(draws(1, 0), first)
    others = [draws(1, 1), draws(2, 0), draws(2, 1)]
    # The network's own dropout draws from the plain key of the same seed.
    others.append(tf.random.stateless_uniform(shape, [1, 0], alg="philox").numpy())
    assert all((other != first).mean() > 0.99 for other in others)


def test_a_step_of_the_regression_with_dropout_is_the_one_by_hand():
    regularizer = Regularizer(dropout=0.4, l2=0.3, seed=2)
    entropy, loss, rows, gradient = one_step(regularizer, "lr")
    u = regularizer.draws(0, (4, FIELDS, 1)).numpy()
    scale = (u >= 0.4) / 0.6
    assert 0 < (scale == 0).sum() < scale.size
    logit = (rows[IDS] * scale).sum(axis=(1, 2))
    assert entropy == pytest.approx(np.sum(np.logaddexp(0, logit) - LABELS * logit), rel=1e-5)
    # The penalty is of the rows, not of what dropout leaves of them.
    assert loss == pytest.approx(entropy + 0.15 * np.sum(rows[IDS] ** 2), rel=1e-5)
    residual = 1 / (1 + np.exp(-logit)) - LABELS
    expected = np.zeros_like(rows)
    np.add.at(expected, IDS, residual[:, None, None] * scale + 0.3 * rows[IDS])
    np.testing.assert_allclose(gradient, expected, rtol=1e-4, atol=1e-6)


def test_a_batch_in_shards_drops_what_a_whole_one_drops():
    random = np.random.default_rng(0)
    ids = random.integers(0, ROWS, (2051, FIELDS)).astype(np.int32)
    labels = random.integers(0, 2, 2051).astype(np.float32)
    regularizer = Regularizer(dropout=0.3, seed=2)
    whole, two, four = (
        one_step(regularizer, batch_rows=rows, ids=ids, labels=labels) for rows in (1, 1024, 2048)
    )
    other = one_step(Regularizer(0.3, seed=3), ids=ids, labels=labels)
    assert abs(other[0] / whole[0] - 1) > 1e-4
    for cut in (two, four):
        assert cut[0] == pytest.approx(whole[0], rel=1e-6)
        np.testing.assert_allclose(cut[3], whole[3], rtol=0, atol=1e-5 * np.abs(whole[3]).max())


def test_a_resumed_run_goes_on_bit_for_bit():
    options = {"dropout": 0.3, "l2": 0.01, "seed": 5}
    batch = Batch.of(IDS, LABELS)

    def train(subject, steps):
        step = step_of(subject, **options)
        return [step(step.feed(batch)) for _ in range(steps)]

    whole, before, after = learner(), learner(), learner()
    losses = train(whole, 5)
    first = train(before, 2)
    after.restore(before.arrays())
    assert first + train(after, 3) == losses
    assert len(set(losses)) == 5
    for part, arrays in whole.arrays().items():
        for key, array in arrays.items():
            np.testing.assert_array_equal(after.arrays()[part][key], array, err_msg=f"{part} {key}")


def test_what_is_off_is_not_in_the_graph():
    def operations(**options):
        subject = Learner.build(RunConfig.parse({"model": {"name": "lr"}}), FIELDS, ROWS)
        graph = step_of(subject, **options)._graph.get_concrete_function().graph
        return sorted(operation.type for operation in graph.get_operations())

    off = operations()
    assert not [kind for kind in off if "Random" in kind or kind == "L2Loss"]
    assert operations(dropout=0.0, l2=0.0, seed=7) == off
    assert "StatelessRandomUniformV2" in operations(dropout=0.1)
    penalised = operations(l2=0.1)
    assert "L2Loss" in penalised
    assert "StatelessRandomUniformV2" not in penalised
