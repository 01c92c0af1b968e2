import json
import os
import shutil

import numpy as np
import pytest
from sklearn import metrics as sk

from model.errors import InvalidInputError
from model.features import FeatureSpec, Vocabulary
from model.trained import TrainedModel
from model.zoo import build_network
from tests.model.training.prepared import write_prepared
from training.evaluate.evaluate_run import evaluate
from training.evaluate.evaluation_folder import evaluation_folder
from training.train.prepared_data import PreparedData

ROWS = {"train": 10, "valid": 300, "test": 600}


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return write_prepared(tmp_path_factory.mktemp("data") / "prepared", ROWS, truth=True)


@pytest.fixture(scope="module")
def run(data, tmp_path_factory):
    """A regression with random weights."""
    folder = tmp_path_factory.mktemp("run")
    spec = FeatureSpec.load(data / "feature_spec.json")
    vocabulary = Vocabulary.load(data / "vocabulary.npz")
    table = np.random.default_rng(0).normal(size=(vocabulary.n_rows, 1)).astype(np.float32)
    network = build_network("lr", len(spec.fields), {})
    TrainedModel(network, table, spec, vocabulary).save(folder / "model")
    return folder


def test_the_report_agrees_with_scikit_learn(run, data, tmp_path):
    report = evaluate(run, data, "test", tmp_path / "out", min_slice_rows=10)
    split = PreparedData.open(data).split("test")
    block = split.read(split.groups)
    logits = TrainedModel.load(run / "model").logits(block.ids).astype(np.float64)
    p = 1 / (1 + np.exp(-logits))
    assert abs(report["auc"] - sk.roc_auc_score(block.labels, logits)) < 1e-9
    assert abs(report["log_loss"] - sk.log_loss(block.labels, p)) < 1e-9
    assert report["calibration_ratio"] == pytest.approx(p.sum() / block.labels.sum())
    assert report["rows"] == 600
    assert report["bayes"]["auc_gap"] > 0
    assert report["bayes"]["log_loss_gap"] > 0
    assert json.loads((tmp_path / "out" / "evaluation.json").read_text()) == report
    assert (tmp_path / "out" / "evaluation.png").stat().st_size > 10_000


def test_fields_and_slices_cover_the_rows(run, data, tmp_path):
    report = evaluate(run, data, "test", tmp_path, min_slice_rows=10)
    assert {entry["field"] for entry in report["fields"]} == {"C0", "C1", "C2", "C3"}
    errors = [entry["calibration_error"] for entry in report["fields"]]
    assert errors == sorted(errors, reverse=True)
    worst = report["worst_slices"][0]
    assert worst["rows"] >= 10
    assert worst["level"] is not None
    gaps = [abs(entry["deviation"]) for entry in report["worst_slices"]]
    assert gaps == sorted(gaps, reverse=True)


def test_an_evaluation_on_other_data_gets_a_folder_of_its_own(data, tmp_path):
    run, other = tmp_path / "run", tmp_path / "other"
    assert evaluation_folder(run, data, "valid") == run / "evaluation" / "valid"
    run.mkdir()
    digest = PreparedData.open(data).digest
    (run / "run.json").write_text(json.dumps({"data": {"digest": digest}}))
    assert evaluation_folder(run, data, "test") == run / "evaluation" / "test"
    other.mkdir()
    (other / "data_card.json").write_text(json.dumps({"digest": "0123456789abcdef"}))
    assert evaluation_folder(run, other, "test") == run / "evaluation" / "test-0123456789ab"


def test_a_run_without_a_model_is_named(data, tmp_path):
    with pytest.raises(InvalidInputError, match="run: must be a finished run"):
        evaluate(tmp_path, data, "test", tmp_path / "out", 200)
    with pytest.raises(InvalidInputError, match=r"run: must be a finished run .*does not exist"):
        evaluate(tmp_path / "nowhere", data, "test", tmp_path / "out", 200)


def test_an_altered_table_is_refused(run, data, tmp_path):
    shutil.copytree(run, tmp_path / "run")
    file = tmp_path / "run" / "model" / "table.npy"
    np.save(file, np.load(file)[::-1].copy())
    with pytest.raises(InvalidInputError, match=r"table\.npy was altered"):
        evaluate(tmp_path / "run", data, "test", tmp_path / "out", 200)
    assert not (tmp_path / "out").exists()


def test_data_of_another_vocabulary_are_refused(run, tmp_path):
    other = write_prepared(tmp_path / "other", ROWS, levels=31)
    with pytest.raises(InvalidInputError, match="vocabulary must be the model's"):
        evaluate(run, other, "test", tmp_path / "out", 200)


def test_data_without_labels_are_named(run, data, tmp_path):
    folder = tmp_path / "unlabelled"
    shutil.copytree(data, folder)
    card = json.loads((folder / "data_card.json").read_text())
    (folder / "data_card.json").write_text(json.dumps(card | {"labelled": False}))
    with pytest.raises(InvalidInputError, match=r"data: must have labels; .*--no-label"):
        evaluate(run, folder, "test", tmp_path / "out", 200)


def test_a_split_that_is_none_leaves_no_folder(run, data, tmp_path):
    with pytest.raises(InvalidInputError, match="split: must be one of"):
        evaluate(run, data, "foo", tmp_path / "out", 200)
    assert list(tmp_path.iterdir()) == []


def test_an_evaluation_that_fails_leaves_no_folder(run, tmp_path):
    one_class = write_prepared(tmp_path / "data", ROWS | {"test": 1})
    with pytest.raises(InvalidInputError):
        evaluate(run, one_class, "test", tmp_path / "some" / "out", 200)
    assert [file.name for file in tmp_path.iterdir()] == ["data"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written_is_named_before_scoring(run, data, tmp_path, capsys):
    tmp_path.chmod(0o500)
    with pytest.raises(InvalidInputError, match=r"out: cannot write .*Permission denied"):
        evaluate(run, data, "test", tmp_path, 200)
    assert "score" not in capsys.readouterr().err


def test_a_file_in_the_place_of_the_report_is_named_before_scoring(run, data, tmp_path):
    (tmp_path / "out").touch()
    with pytest.raises(InvalidInputError, match=r"out: cannot write .*out: .*File exists"):
        evaluate(run, data, "test", tmp_path / "out", 200)
    with pytest.raises(InvalidInputError, match=r"out: cannot write .*below: .*Not a directory"):
        evaluate(run, data, "test", tmp_path / "out" / "below", 200)
