"""A run that starts from another run's best state."""

import json
import shutil

import numpy as np
import pytest

from model.errors import InvalidInputError
from model.trained import TrainedModel
from tests.model.training.prepared import write_prepared
from training.commands.train import _text
from training.train.checkpoints import Checkpoints
from training.train.learner import Learner
from training.train.prepared_data import PreparedData
from training.train.run_config import RunConfig
from training.train.train_run import train
from training.train.warm_start import WarmStart

SMALL = {
    "model": {"name": "dynint_dgp", "dim": 4, "subspaces": 2, "layers": 1, "kernel_size": 2},
    "training": {
        "batch_size": 100,
        "epochs": 2,
        "eval_every_steps": 8,
        "shuffle_rows": 700,
        "average_decay": 0.9,
    },
}
ROWS = {"train": 1050, "valid": 400, "test": 350}


def config(**tables):
    tables = {name: {**SMALL.get(name, {}), **tables.get(name, {})} for name in {*SMALL, *tables}}
    return RunConfig.parse(tables)


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return write_prepared(tmp_path_factory.mktemp("data") / "prepared", ROWS)


@pytest.fixture(scope="module")
def later(tmp_path_factory):
    """Tomorrow's data: five levels more in each of the four fields."""
    return write_prepared(tmp_path_factory.mktemp("later") / "prepared", ROWS, levels=35, seed=1)


@pytest.fixture(scope="module")
def source(data, tmp_path_factory):
    out = tmp_path_factory.mktemp("runs") / "source"
    train(config(), data, out)
    return out


@pytest.fixture(scope="module")
def warm(source, later, tmp_path_factory):
    out = tmp_path_factory.mktemp("runs") / "warm"
    return out, train(config(), later, out, warm_start=source)


def copied(folder, to):
    shutil.copytree(folder, to)
    return to


def learner_of(settings, data):
    prepared = PreparedData.open(data)
    fields, rows = len(prepared.spec.fields), prepared.vocabulary.n_rows
    return Learner.build(settings, fields, rows), prepared


def test_the_same_data_start_at_the_sources_best_state_to_the_last_bit(source, data, tmp_path):
    learner, prepared = learner_of(config(), data)
    WarmStart(source, tmp_path / "out").apply(learner, config(), prepared)
    step = json.loads((source / "run.json").read_text())["best_step"]
    expected, _ = Checkpoints(source / "checkpoints").load(step)
    for part, arrays in learner.arrays().items():
        assert arrays.keys() == expected[part].keys()
        for name, array in arrays.items():
            np.testing.assert_array_equal(array, expected[part][name], err_msg=f"{part}/{name}")


def test_a_warm_model_scores_as_its_source_before_its_first_step(source, later, tmp_path):
    learner, prepared = learner_of(config(), later)
    WarmStart(source, tmp_path / "out").apply(learner, config(), prepared)
    model = TrainedModel.load(source / "model")
    with learner.averaged():
        mine = TrainedModel(
            learner.network, learner.table.table(), prepared.spec, prepared.vocabulary
        )
        known = model.vocabulary
        fields = [known.fingerprints[known.fields == place] for place in range(4)]
        marks = np.stack([np.random.default_rng(5).choice(field, 300) for field in fields], 1)
        logits = mine.logits(prepared.vocabulary.rows_of(marks))
    np.testing.assert_array_equal(logits, model.logits(model.vocabulary.rows_of(marks)))


def test_it_says_what_it_started_from(warm, source, later):
    out, run = warm
    record = run["warm_start"]
    assert record["run"] == str(source.resolve())
    assert record["step"] == json.loads((source / "run.json").read_text())["best_step"]
    assert record["rows"] == {"carried": 124, "new": 20, "dropped": 0}
    assert all(len(record[key]) == 64 for key in record if key.endswith("_digest"))
    info = TrainedModel.load(out / "model").info["warm_start"]
    assert info == {key: value for key, value in record.items() if key != "run"}
    rows = "rows 124 carried, 20 new, 0 dropped"
    assert f"  warm   from {source}, step {record['step']}: {rows}\n" in _text(run, later, out)


def test_levels_that_vanish_are_dropped(warm, data, tmp_path):
    run = train(config(), data, tmp_path / "run", warm_start=warm[0])
    assert run["warm_start"]["rows"] == {"carried": 124, "new": 0, "dropped": 20}


def test_it_is_another_model_than_a_cold_start_s(warm, later, tmp_path):
    train(config(), later, tmp_path / "cold")
    models = [TrainedModel.load(folder / "model") for folder in (warm[0], tmp_path / "cold")]
    assert not np.array_equal(models[0].table, models[1].table)


def test_the_same_run_again_is_the_same_to_the_last_bit(warm, source, later, tmp_path):
    train(config(), later, tmp_path / "again", warm_start=source)
    models = [TrainedModel.load(folder / "model") for folder in (warm[0], tmp_path / "again")]
    np.testing.assert_array_equal(models[0].table, models[1].table)


def test_a_run_goes_on_without_its_source_from_its_first_checkpoint(
    source, later, tmp_path, monkeypatch, warm
):
    gone, out = copied(source, tmp_path / "gone"), tmp_path / "run"
    monkeypatch.setattr(Checkpoints, "save", dying_after(2, Checkpoints.save))
    with pytest.raises(KeyboardInterrupt):
        train(config(), later, out, warm_start=gone)
    monkeypatch.undo()
    assert Checkpoints(out / "checkpoints").steps() == [0]
    shutil.rmtree(gone)
    run = train(config(), later, out, warm_start=gone)
    assert run["metrics"] == warm[1]["metrics"]
    models = [TrainedModel.load(folder / "model") for folder in (warm[0], out)]
    np.testing.assert_array_equal(models[0].table, models[1].table)
    assert train(config(), later, out, warm_start=gone) == run


def dying_after(saves, save):
    """A ``save`` that is interrupted before it does its work for the given time."""
    left = [saves]

    def dying(self, arrays, state):
        left[0] -= 1
        if not left[0]:
            raise KeyboardInterrupt
        return save(self, arrays, state)

    return dying


def test_a_run_killed_before_its_first_checkpoint_needs_its_source(
    source, later, tmp_path, monkeypatch, warm
):
    gone, out = copied(source, tmp_path / "gone"), tmp_path / "run"
    monkeypatch.setattr(Checkpoints, "save", dying_after(1, Checkpoints.save))
    with pytest.raises(KeyboardInterrupt):
        train(config(), later, out, warm_start=gone)
    monkeypatch.undo()
    gone.rename(tmp_path / "elsewhere")
    with pytest.raises(InvalidInputError, match="warm-start: must be a finished run"):
        train(config(), later, out, warm_start=gone)
    run = train(config(), later, out, warm_start=tmp_path / "elsewhere")
    assert run["metrics"] == warm[1]["metrics"]


@pytest.mark.parametrize("given", ["none", "another"])
def test_a_run_is_gone_on_with_from_its_own_source_only(warm, source, later, tmp_path, given):
    out = copied(warm[0], tmp_path / "run")
    other = None if given == "none" else warm[0]
    message = r"warm-start is none, not .*source" if given == "none" else "warm-start model_digest"
    with pytest.raises(InvalidInputError, match=message):
        train(config(), later, out, warm_start=other)


def test_a_cold_run_is_not_gone_on_with_as_a_warm_one(warm, source, data):
    with pytest.raises(InvalidInputError, match=r"warm-start is .*warm, not none"):
        train(config(), data, source, warm_start=warm[0])


@pytest.mark.parametrize(
    ("tables", "message"),
    [
        ({"model": {"layers": 2}}, "model.layers is 2, not 1"),
        ({"model": {"dim": 8}}, "model.dim is 8, not 4"),
        ({"embedding_optimizer": {"name": "adam"}}, "embedding_optimizer.name is 'adam', not 'gr"),
        ({"dense_optimizer": {"name": "adam"}}, "dense_optimizer.name is 'adam', not 'ftrl'"),
    ],
)
def test_another_network_or_optimizer_is_refused(source, later, tmp_path, tables, message):
    with pytest.raises(InvalidInputError, match=f"warm-start: .* must have the same .*{message}"):
        train(config(**tables), later, tmp_path / "run", warm_start=source)
    assert not (tmp_path / "run" / "run.json").exists()


def test_other_fields_are_refused(source, tmp_path):
    other = write_prepared(tmp_path / "data", ROWS, fields=3)
    with pytest.raises(InvalidInputError, match=r"data spec_digest is .*, not .*--carry"):
        train(config(), other, tmp_path / "run", warm_start=source)


def test_step_sizes_and_training_options_may_differ(source, later, tmp_path):
    other = config(
        embedding_optimizer={"alpha": 0.01},
        dense_optimizer={"alpha": 0.01},
        training={"epochs": 1, "average_decay": 0.5, "seed": 7, "batch_size": 50},
    )
    assert train(other, later, tmp_path / "run", warm_start=source)["status"] == "finished"


def forget(run, **changes):
    path = run / "run.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


SPOILED = {
    "no run": (lambda run: (run / "run.json").unlink(), "must be a finished run .*no run.json"),
    "damaged run": (lambda run: (run / "run.json").write_text("{"), "must hold a run that can be"),
    "setting unknown": (lambda run: forget(run, config={"x": {}}), "run that can be read; config:"),
    "unfinished": (lambda run: forget(run, status="running"), "says 'running'. Finish it"),
    "no checkpoint": (
        lambda run: shutil.rmtree(run / "checkpoints"),
        "must have the checkpoint of its best step.*model/ alone has no optimizer's state",
    ),
    "altered model": (
        lambda run: (run / "model" / "dense.npz").write_bytes(b"!"),
        "must be the model that the run saved; .*dense.npz was altered",
    ),
    "lost model": (lambda run: shutil.rmtree(run / "model"), "must be the model that the run"),
    "damaged checkpoint": (
        lambda run: [file.write_bytes(b"PK") for file in run.glob("checkpoints/*/table.npz")],
        "warm-start: checkpoint: .* must be whole",
    ),
}


@pytest.mark.parametrize("kind", SPOILED)
def test_a_run_that_cannot_be_started_from_is_refused(source, later, tmp_path, kind):
    spoil, message = SPOILED[kind]
    spoiled = copied(source, tmp_path / "spoiled")
    spoil(spoiled)
    with pytest.raises(InvalidInputError, match=message):
        train(config(), later, tmp_path / "run", warm_start=spoiled)


def test_a_run_does_not_start_from_itself(source, data):
    with pytest.raises(InvalidInputError, match="warm-start: must be another run than --out"):
        train(config(), data, source, resume=False, warm_start=source)
    assert (source / "model").is_dir()
