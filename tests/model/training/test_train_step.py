import numpy as np
import pytest

from model.errors import InvalidInputError
from model.optimizers import group_ftrl_step
from training.train import learner as learner_module
from training.train.batch import Batch
from training.train.learner import Learner
from training.train.run_config import RunConfig
from training.train.train_step import TrainStep

IDS = np.array([[2, 4], [2, 5], [3, 4]], np.int32)
LABELS = np.array([1, 0, 1], np.float32)
ROWS = 8


def learner(model, **tables):
    return Learner.build(RunConfig.parse({"model": model, **tables}), fields=2, rows=ROWS)


def step_of(learner):
    return TrainStep(learner.network, learner.table, learner.optimizer)


def run(step, batch):
    return step(step.feed(batch))


def test_a_step_of_the_regression_is_the_one_by_hand():
    subject = learner({"name": "lr"}, embedding_optimizer={"init_scale": 0.0})
    entropy, loss = run(step_of(subject), Batch.of(IDS, LABELS))
    assert entropy == pytest.approx(3 * np.log(2))
    assert loss == entropy
    residual = 0.5 - LABELS  # p - y
    gradient = np.zeros((ROWS, 1), np.float32)
    np.add.at(gradient[:, 0], IDS, residual[:, None])
    zero = np.zeros_like(gradient)
    expected, _, _ = group_ftrl_step(zero, zero, zero, gradient, 0.05, 1.0, 0.0, 1.0)
    np.testing.assert_allclose(subject.table.table(), expected, rtol=1e-6)


def test_rows_that_are_absent_from_the_batch_do_not_change():
    subject = learner({"name": "dynint_dgp", "dim": 4, "subspaces": 2, "kernel_size": 3})
    before = subject.table.state()["state"]
    run(step_of(subject), Batch.of(IDS, LABELS))
    after = subject.table.state()["state"]
    changed = np.flatnonzero((before != after).any(axis=1))
    assert changed.tolist() == [2, 3, 4, 5]


def test_the_gradient_of_the_step_is_that_of_the_summed_loss():
    subject = learner({"name": "xdeepint", "dim": 4, "subspaces": 2, "layers": 2})
    table = subject.table.table().astype(np.float64)
    network = subject.network
    kernels = {key: np.asarray(value) for key, value in network.named_variables.items()}
    run(step_of(subject), Batch.of(IDS, LABELS))
    # With z and n at zero, n' is the squared gradient.
    squared = subject.table.state()["state"][:, 8:]
    for key, variable in network.named_variables.items():
        variable.assign(kernels[key])

    def loss(values):
        logits = np.asarray(network(values[IDS].astype(np.float32))).astype(np.float64)
        return np.sum(np.logaddexp(0, logits) - LABELS * logits)

    for row, column in ((2, 0), (4, 3), (5, 1)):
        up, down = table.copy(), table.copy()
        up[row, column] += 1e-2
        down[row, column] -= 1e-2
        slope = (loss(up) - loss(down)) / 2e-2
        assert np.sqrt(squared[row, column]) == pytest.approx(abs(slope), rel=2e-2, abs=1e-5)


def test_a_penalty_counts_once_per_row_of_the_batch():
    model = {"name": "dynint_dgp", "dim": 4, "subspaces": 2, "layers": 2, "kernel_size": 3}
    entropy, loss = run(step_of(learner({**model, "orthogonality": 0.1})), Batch.of(IDS, LABELS))
    twice = run(step_of(learner({**model, "orthogonality": 0.2})), Batch.of(IDS, LABELS))
    assert loss > entropy
    assert twice[1] - twice[0] == pytest.approx(2 * (loss - entropy), rel=1e-4)


def test_batches_of_any_size_run_on_one_graph():
    step = step_of(learner({"name": "lr"}))
    for size in (3, 2, 1, 3):
        run(step, Batch.of(IDS[:size], LABELS[:size]))
    assert step.traces == 1


@pytest.mark.parametrize(
    ("name", "optimizer"),
    [
        ("lr", "group_ftrl"),
        ("xdeepint", "adam"),
        ("dynint_da", "group_ftrl"),
        ("dynint_dgp", "group_ftrl"),
        ("dynint_dwp", "group_ftrl"),
    ],
)
def test_every_network_learns_the_batch(name, optimizer):
    dense = "ftrl" if optimizer == "group_ftrl" else "adam"
    size = {} if name == "lr" else {"dim": 4, "subspaces": 4, "layers": 2}
    step = step_of(
        learner(
            {"name": name, **size},
            embedding_optimizer={"name": optimizer, "alpha": 0.3},
            dense_optimizer={"name": dense, "alpha": 0.1},
        )
    )
    losses = [run(step, Batch.of(IDS, LABELS))[0] for _ in range(40)]
    assert losses[-1] < 0.5 * losses[0]


def test_an_id_without_a_row_is_named():
    step = step_of(learner({"name": "lr"}))
    with pytest.raises(InvalidInputError, match=r"ids must be from 0 to 7.*received 2 to 8"):
        step.feed(Batch.of(np.array([[2, 8]], np.int32), np.zeros(1, np.float32)))


def test_rows_of_levels_that_never_occur_in_training_stay_zero():
    subject = learner({"name": "xdeepint", "dim": 4, "subspaces": 2})
    run(step_of(subject), Batch.of(IDS, LABELS))
    table = subject.table.table()
    assert not table[:2].any()
    assert table[2:].any(axis=1).all()


def test_a_network_that_does_not_fit_into_memory_is_named(monkeypatch):
    def fail(*arguments, **options):
        raise MemoryError("cannot allocate 26 TB")

    monkeypatch.setattr(learner_module, "build_network", fail)
    with pytest.raises(InvalidInputError, match=r"table of 8 rows must fit into memory; .*26 TB"):
        learner({"name": "lr"})


@pytest.mark.parametrize(
    ("name", "size"), [pytest.param("dynint_dgp", 4097, marks=pytest.mark.slow), ("dynint_dwp", 3)]
)
def test_a_batch_in_shards_is_stepped_as_a_whole_one(name, size):
    random = np.random.default_rng(size)
    batch = Batch.of(
        random.integers(0, ROWS, (size, 2)).astype(np.int32),
        random.integers(0, 2, size).astype(np.float32),
    )
    model = {"name": name, "dim": 4, "subspaces": 4, "layers": 2, "orthogonality": 0.1}
    whole, cut = learner(model), learner(model)
    expected = TrainStep(whole.network, whole.table, whole.optimizer, batch_rows=1)
    step = TrainStep(cut.network, cut.table, cut.optimizer, batch_rows=4096)
    for _ in range(2):
        np.testing.assert_allclose(run(step, batch), run(expected, batch), rtol=1e-5)
    for part, arrays in whole.arrays().items():
        for key, array in arrays.items():
            # Sums of 4,097 rows, some near zero: rounding is of the size of the largest.
            np.testing.assert_allclose(
                cut.arrays()[part][key],
                array,
                rtol=0,
                atol=2e-4 * np.abs(array).max(),
                err_msg=f"{part} {key}",
            )
