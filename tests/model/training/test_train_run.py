import errno
import json
import shutil

import numpy as np
import pytest

from model.errors import CheckFailedError, InvalidInputError
from model.trained import TrainedModel
from tests.model.training.prepared import write_prepared
from training.evaluate.metrics import auc, log_loss
from training.train.learner import Learner
from training.train.prepared_data import PreparedData
from training.train.run_config import RunConfig
from training.train.train_run import train

SMALL = {
    "model": {"name": "dynint_dgp", "dim": 4, "subspaces": 2, "layers": 1, "kernel_size": 2},
    "training": {"batch_size": 100, "epochs": 2, "eval_every_steps": 8, "shuffle_rows": 700},
}
ROWS = {"train": 1050, "valid": 400, "test": 350}


def config(**training):
    return RunConfig.parse({**SMALL, "training": {**SMALL["training"], **training}})


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return write_prepared(tmp_path_factory.mktemp("data") / "prepared", ROWS)


@pytest.fixture(scope="module")
def finished(data, tmp_path_factory):
    out = tmp_path_factory.mktemp("runs") / "run"
    return out, train(config(), data, out)


def same_model(one, other):
    left, right = TrainedModel.load(one / "model"), TrainedModel.load(other / "model")
    np.testing.assert_array_equal(left.table, right.table)
    for key, value in left.network.named_variables.items():
        np.testing.assert_array_equal(value, right.network.named_variables[key])


def test_a_run_leaves_the_files_it_promises(finished):
    out, run = finished
    assert json.loads((out / "run.json").read_text()) == run
    assert run["status"] == "finished"
    assert run["steps"] == 22
    assert run["versions"]["tensorflow"]
    assert (out / "curves.png").read_bytes().startswith(b"\x89PNG")
    lines = [json.loads(line) for line in (out / "metrics.jsonl").read_text().splitlines()]
    assert [line["step"] for line in lines] == [8, 16, 22]
    assert RunConfig.load(out / "config.toml") == config()


def test_the_saved_model_has_the_metrics_the_run_reports(finished, data):
    out, run = finished
    model = TrainedModel.load(out / "model")
    for name in ("valid", "test"):
        split = PreparedData.open(data).split(name)
        block = split.read(split.groups)
        logits = model.logits(block.ids)
        assert auc(block.labels, logits) == pytest.approx(run["metrics"][name]["auc"], abs=1e-6)
        loss = log_loss(block.labels, logits)
        assert loss == pytest.approx(run["metrics"][name]["log_loss"], abs=1e-6)
    assert model.info["metrics"] == run["metrics"]


def test_the_best_evaluation_is_the_one_that_is_kept(finished):
    out, run = finished
    lines = [json.loads(line) for line in (out / "metrics.jsonl").read_text().splitlines()]
    best = max(lines, key=lambda line: line["valid_auc"])
    assert run["best_step"] == best["step"]
    assert run["metrics"]["valid"]["auc"] == best["valid_auc"]


@pytest.mark.parametrize("patience", [1, 2])
def test_step_sizes_shrink_after_evaluations_that_are_not_better(data, tmp_path, patience):
    adam = {"name": "adam", "alpha": 0.05}
    document = {
        **SMALL,
        "embedding_optimizer": adam,
        "dense_optimizer": adam,
        "training": {**SMALL["training"], "epochs": 8, "patience": 0},
    }
    document["training"] |= {"plateau_factor": 1e-6, "plateau_patience": patience}
    train(RunConfig.parse(document), data, tmp_path / "run")
    lines = [json.loads(line) for line in (tmp_path / "run/metrics.jsonl").read_text().splitlines()]
    bests = [line["best"] for line in lines]
    runs = range(patience - 1, len(bests))
    worse = next(n for n in runs if not any(bests[n - patience + 1 : n + 1]))
    assert 0 < worse < len(lines) - 1
    assert all(line["rate"] == 1.0 for line in lines[: worse + 1])
    assert lines[worse + 1]["rate"] == 1e-6
    # What is trained from there on is a millionth: the metrics stay where they are.
    stuck = {round(line["valid_log_loss"], 4) for line in lines[worse:]}
    assert len(stuck) == 1
    assert len({round(line["valid_log_loss"], 4) for line in lines[: worse + 1]}) == worse + 1


def test_averages_hold_what_normalises_too():
    document = {
        "model": {"name": "dnn", "dim": 4, "hidden_units": [5], "batch_norm": True, "dropout": 0.5},
        "training": {"average_decay": 0.9},
    }
    learner = Learner.build(RunConfig.parse(document), 3, 20)
    named = learner.network.named_variables
    for value in (1.0, 2.0):
        named["tower/norm_0/moving_mean"].assign(np.full(5, value))
        learner.average.update()
    with learner.averaged():
        mean = named["tower/norm_0/moving_mean"].numpy()
    np.testing.assert_allclose(mean, (0.9 * 1.0 + 2.0) / 1.9, rtol=1e-6)
    np.testing.assert_array_equal(named["tower/norm_0/moving_mean"], np.full(5, 2.0))


def test_the_same_seed_gives_the_same_model_to_the_last_bit(finished, data, tmp_path):
    train(config(), data, tmp_path / "again")
    same_model(finished[0], tmp_path / "again")


def test_a_finished_run_is_left_as_it_is(finished, data, capsys):
    out, run = finished
    before = (out / "model" / "table.npy").stat().st_mtime_ns
    assert train(config(), data, out) == run
    assert (out / "model" / "table.npy").stat().st_mtime_ns == before
    assert "finished already" in capsys.readouterr().err


def test_a_finished_run_whose_model_was_altered_is_refused(finished, data, tmp_path):
    altered = tmp_path / "altered"
    shutil.copytree(finished[0], altered)
    with (altered / "model" / "dense.npz").open("ab") as file:
        file.write(b"!")
    with pytest.raises(InvalidInputError, match=r"dense\.npz was altered"):
        train(config(), data, altered)


@pytest.mark.parametrize("file", ["dense.npz", "model.json", "table.npy"])
def test_a_finished_run_that_lost_a_file_of_its_model_gets_it_back(
    finished, data, tmp_path, capsys, file
):
    out, run = finished
    torn = tmp_path / "torn"
    shutil.copytree(out, torn)
    (torn / "model" / file).unlink()
    assert train(config(), data, torn) == run
    assert f"{file} is gone" in capsys.readouterr().err
    same_model(out, torn)


def test_a_run_killed_after_its_last_step_only_writes_its_last_files(finished, data, tmp_path):
    out, run = finished
    killed = tmp_path / "killed"
    shutil.copytree(out, killed)
    shutil.rmtree(killed / "model")
    (killed / "curves.png").unlink()
    begun = {key: run[key] for key in ("config", "seed", "data")}
    (killed / "run.json").write_text(json.dumps({"status": "running", **begun}))
    assert train(config(), data, killed) == run
    same_model(out, killed)


def test_a_damaged_checkpoint_is_passed_over(finished, data, tmp_path, capsys):
    out, run = finished
    killed = tmp_path / "killed"
    shutil.copytree(out, killed)
    newest = max((killed / "checkpoints").glob("step-*"))
    (newest / "state.json").write_text("{")
    begun = {key: run[key] for key in ("config", "seed", "data")}
    (killed / "run.json").write_text(json.dumps({"status": "running", **begun}))
    again = train(config(), data, killed)
    assert "going back to the one before" in capsys.readouterr().err
    assert again["metrics"] == run["metrics"]
    same_model(out, killed)


def test_another_configuration_or_other_data_are_refused(finished, data, tmp_path):
    out, _ = finished
    with pytest.raises(InvalidInputError, match=r"training\.epochs is 3, not 2.*--no-resume"):
        train(config(epochs=3), data, out)
    other = write_prepared(tmp_path / "other", ROWS, seed=9)
    with pytest.raises(InvalidInputError, match="data digest is"):
        train(config(), other, out)


def test_a_folder_that_is_not_a_runs_is_refused(data, tmp_path):
    (tmp_path / "thesis.tex").touch()
    with pytest.raises(InvalidInputError, match=r"must be empty or a run's folder.*thesis\.tex"):
        train(config(), data, tmp_path, resume=False)
    assert (tmp_path / "thesis.tex").exists()


def test_training_stops_when_patience_ends(data, tmp_path):
    # One step moves a table of alpha 1e-6 by nothing that changes an order.
    settings = {**SMALL, "embedding_optimizer": {"alpha": 1e-9, "init_scale": 0.0}}
    settings["dense_optimizer"] = {"alpha": 1e-9}
    settings["training"] = {**SMALL["training"], "eval_every_steps": 2, "patience": 3}
    run = train(RunConfig.parse(settings), data, tmp_path / "run")
    assert run["stopped_early"]
    assert run["steps"] == run["best_step"] + 3 * 2


def test_a_loss_that_is_not_finite_stops_the_run_and_keeps_the_checkpoint(data, tmp_path):
    settings = {
        "model": SMALL["model"],
        "embedding_optimizer": {"name": "adam", "alpha": 1e12},
        "dense_optimizer": {"name": "adam", "alpha": 1e12},
        "training": {**SMALL["training"], "checkpoint_every_steps": 1},
    }
    out = tmp_path / "run"
    with pytest.raises(CheckFailedError, match=r"must be finite.*checkpoint of step \d+ is kept"):
        train(RunConfig.parse(settings), data, out)
    assert json.loads((out / "run.json").read_text())["status"] == "diverged"
    steps = sorted((out / "checkpoints").glob("step-*"))
    assert steps
    for path in steps:
        with np.load(path / "table.npz") as table:
            assert np.isfinite(table["state"]).all()


def test_a_split_with_one_class_is_named_before_training(data, tmp_path):
    folder = write_prepared(tmp_path / "data", {"train": 100, "valid": 1, "test": 50})
    with pytest.raises(InvalidInputError, match="valid split must hold both classes"):
        train(config(), folder, tmp_path / "run")


def test_a_run_that_was_refused_leaves_its_folder_free(data, tmp_path):
    one_class = write_prepared(tmp_path / "data", {"train": 100, "valid": 1, "test": 50})
    with pytest.raises(InvalidInputError, match="valid split must hold both classes"):
        train(config(), one_class, tmp_path / "run")
    wrong = RunConfig.parse({"model": {"name": "dynint_da", "gate_shape": "round"}})
    with pytest.raises(InvalidInputError, match="gate_shape"):
        train(wrong, data, tmp_path / "run")
    assert not (tmp_path / "run" / "run.json").exists()
    assert train(config(), data, tmp_path / "run")["status"] == "finished"


def test_a_run_that_was_refused_does_not_remove_the_one_that_is_there(finished, tmp_path):
    out, run = finished
    one_class = write_prepared(tmp_path / "data", {"train": 100, "valid": 1, "test": 50})
    with pytest.raises(InvalidInputError, match="valid split must hold both classes"):
        train(config(), one_class, out, resume=False)
    assert json.loads((out / "run.json").read_text()) == run
    assert (out / "model" / "model.json").exists()


def test_a_finished_run_that_lost_its_model_writes_it_again(finished, data, tmp_path):
    out, run = finished
    lost = tmp_path / "lost"
    shutil.copytree(out, lost)
    shutil.rmtree(lost / "model")
    assert train(config(), data, lost) == run
    same_model(out, lost)


def test_a_run_without_its_metrics_still_ends(finished, data, tmp_path):
    out, run = finished
    killed = tmp_path / "killed"
    shutil.copytree(out, killed)
    shutil.rmtree(killed / "model")
    (killed / "metrics.jsonl").unlink()
    assert train(config(), data, killed) == run


def test_a_full_disk_is_named(data, tmp_path, monkeypatch):
    def fail(*arguments, **options):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(np, "savez", fail)
    with pytest.raises(InvalidInputError, match=r"out: cannot write .*run: .*No space left"):
        train(config(), data, tmp_path / "run")


def test_data_without_labels_are_named(data, tmp_path):
    folder = tmp_path / "unlabelled"
    shutil.copytree(data, folder)
    card = json.loads((folder / "data_card.json").read_text())
    (folder / "data_card.json").write_text(json.dumps(card | {"labelled": False}))
    with pytest.raises(InvalidInputError, match=r"data: must have labels; .*--no-label"):
        train(config(), folder, tmp_path / "run")
    assert not (tmp_path / "run").exists()
