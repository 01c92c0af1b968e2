import tomllib

import pytest

from model.errors import InvalidInputError
from training.train.run_config import SHIPPED, RunConfig
from training.train.training_options import TrainingOptions


def test_an_empty_document_has_every_default():
    config = RunConfig.parse({}).to_dict()
    assert config["model"]["name"] == "dynint_dgp"
    assert config["embedding_optimizer"]["name"] == "group_ftrl"
    assert config["dense_optimizer"]["name"] == "ftrl"
    assert config["training"]["batch_size"] == 4096


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("*.toml")), ids=lambda path: path.stem)
def test_shipped_configurations_read_back_as_they_are_written(path):
    config = RunConfig.load(path)
    assert RunConfig.parse(tomllib.loads(config.to_toml())) == config
    assert config.model["name"] == path.stem


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({"modle": {}}, "tables must be of .*'model'.*received 'modle'"),
        ({"model": 3}, r"\[model\] must be a table; received 3"),
        ({"model": {"name": "dlrm"}}, r"\[model\] name: must be one of .*'lr'.*received 'dlrm'"),
        ({"model": {"dims": 8}}, r"\[model\] dims: must be one of .*'dim'.*received 'dims'"),
        ({"model": {"dim": "8"}}, r"\[model\] dim: must be of type int; received '8'"),
        (
            {"embedding_optimizer": {"lr": 1}},
            r"\[embedding_optimizer\] lr: must be one of .*'alpha'.*received 'lr'",
        ),
        ({"embedding_optimizer": {"alpha": -1}}, r"alpha: must be finite and positive"),
        ({"embedding_optimizer": {"init_scale": "a"}}, r"init_scale: must be a number from 0"),
        ({"dense_optimizer": {"name": "sgd"}}, r"\[dense_optimizer\] name: must be one of"),
        (
            {"training": {"epoch": 2}},
            r"\[training\] epoch: must be one of .*'epochs'.*received 'epoch'",
        ),
        ({"training": {"epochs": 2.5}}, r"epochs: must be an integer; received 2.5"),
        ({"training": {"epochs": True}}, r"epochs: must be an integer; received True"),
        ({"training": {"epochs": 0}}, r"epochs: must be at least 1; received 0"),
        ({"training": {"stop_metric": "f1"}}, r"stop_metric: must be one of .*received 'f1'"),
        ({"training": {"patience": -1}}, r"patience: must not be negative; received -1"),
        ({"training": {"embedding_dropout": 1.0}}, r"embedding_dropout: must be in \[0, 1\)"),
        (
            {"training": {"embedding_dropout": 0}},
            r"embedding_dropout: must be a number with a point",
        ),
        ({"training": {"plateau_patience": 0}}, "plateau_patience: must be at least 1"),
        ({"training": {"plateau_factor": 0.0}}, r"plateau_factor: must be in \(0, 1\]"),
        (
            {"training": {"plateau_factor": 0.1}, "dense_optimizer": {"name": "adam"}},
            r"plateau_factor: must be 1\.0 unless both optimizers are adam, .*; received 0\.1 with "
            "group_ftrl and adam",
        ),
        ({"training": {"table_l2": -0.1}}, r"table_l2: must be finite and not negative"),
        ({"training": {"embedding_l2": -0.1}}, r"embedding_l2: must be finite and not negative"),
        ({"training": {"embedding_l2": float("nan")}}, r"embedding_l2: must be .*; received nan"),
        ({"training": {"embedding_l2": float("inf")}}, r"embedding_l2: must be .*; received inf"),
        ({"training": {"seed": 2**31}}, r"seed: must be below 2\^31"),
        ({"training": {"batch_size": 2**70}}, r"batch_size: must be below 2\^31; received \d+"),
        ({"model": {"name": []}}, r"\[model\] name: must be one of .*; received \[\]"),
        (
            {"embedding_optimizer": {"name": []}},
            r"\[embedding_optimizer\] name: must be one of .*; received \[\]",
        ),
        (
            {"dense_optimizer": {"name": {}}},
            r"\[dense_optimizer\] name: must be one of .*; received \{\}",
        ),
        (
            {"model": {"kernel_size": 99999999999999999999}},
            r"\[model\] kernel_size: must be at most 65536; received 99999999999999999999",
        ),
        ({"model": {"reduction_ratio": 10**400}}, "reduction_ratio: must be finite"),
        ({"dense_optimizer": {"alpha": 10**400}}, "alpha: must be finite and positive"),
    ],
)
def test_a_wrong_setting_is_named_with_its_rule(document, message):
    with pytest.raises(InvalidInputError, match=message):
        RunConfig.parse(document)


def test_single_settings_replace_those_of_the_file(tmp_path):
    path = tmp_path / "run.toml"
    path.write_text("[training]\nepochs = 3\nseed = 5\n")
    overrides = ["training.epochs=7", "model.name=lr", "embedding_optimizer.alpha = 0.1"]
    config = RunConfig.load(path, overrides, seed=9)
    assert config.training.epochs == 7
    assert config.training.seed == 9
    assert config.model["name"] == "lr"
    assert config.embedding_optimizer["alpha"] == 0.1


@pytest.mark.parametrize("value", ["9" * 5000, "[" * 5000])
def test_a_value_that_toml_chokes_on_is_refused_as_text(tmp_path, value):
    path = tmp_path / "run.toml"
    path.touch()
    with pytest.raises(InvalidInputError, match="epochs: must be an integer; received '"):
        RunConfig.load(path, [f"training.epochs={value}"])
    path.write_text(f"[training]\nepochs = {value}\n")
    with pytest.raises(InvalidInputError, match=r"run\.toml must be a TOML file"):
        RunConfig.load(path)


@pytest.mark.parametrize(
    ("name", "text"),
    [("nope", r"must be a TOML file or one of .*; received 'nope'"), (".", "is a folder")],
)
def test_what_is_no_configuration_is_named_once(name, text):
    with pytest.raises(InvalidInputError, match=text) as refused:
        RunConfig.load(name)
    assert str(refused.value).count("config: ") == 1


def test_a_seed_does_not_hide_that_training_is_no_table(tmp_path):
    path = tmp_path / "run.toml"
    path.write_text("training = 3\n")
    with pytest.raises(InvalidInputError, match=r"\[training\] must be a table; received 3"):
        RunConfig.load(path, seed=1)


def test_an_optimizer_by_name_replaces_both(tmp_path):
    path = tmp_path / "run.toml"
    path.write_text("[embedding_optimizer]\nlambda1 = 1.0\n")
    config = RunConfig.load(path, optimizer="adam")
    assert config.embedding_optimizer["name"] == config.dense_optimizer["name"] == "adam"
    with pytest.raises(InvalidInputError, match="optimizer: must be one of"):
        RunConfig.load(path, optimizer="sgd")


@pytest.mark.parametrize("text", ["epochs=3", "training.epochs", "a.b.c=1", "=1", ".x=1"])
def test_a_setting_of_another_form_is_named(tmp_path, text):
    path = tmp_path / "run.toml"
    path.touch()
    with pytest.raises(InvalidInputError, match=r"set: must be table.key=value"):
        RunConfig.load(path, [text])


def test_a_shipped_configuration_can_be_named_and_a_missing_one_is():
    assert RunConfig.load("lr").model["name"] == "lr"
    with pytest.raises(InvalidInputError, match=r"one of \['dynint_da', .*received 'lrr'"):
        RunConfig.load("lrr")


def test_a_file_that_is_not_toml_is_named(tmp_path):
    path = tmp_path / "run.toml"
    path.write_text("[training\n")
    with pytest.raises(InvalidInputError, match=r"run.toml must be a TOML file"):
        RunConfig.load(path)


def test_differences_are_named_one_by_one():
    mine = RunConfig.parse({"training": {"epochs": 2}})
    theirs = RunConfig.parse({"training": {"epochs": 3}, "model": {"name": "lr"}})
    lines = mine.differences(theirs)
    assert "training.epochs is 2, not 3" in lines
    assert "model.name is 'dynint_dgp', not 'lr'" in lines
    assert mine.differences(mine) == []


def test_what_is_better_depends_on_the_metric():
    best = {"auc": 0.7, "log_loss": 0.5}
    assert TrainingOptions().better({"auc": 0.71, "log_loss": 0.6}, best)
    assert not TrainingOptions().better({"auc": 0.7, "log_loss": 0.4}, best)
    assert TrainingOptions(stop_metric="log_loss").better({"auc": 0.6, "log_loss": 0.4}, best)
    assert TrainingOptions().better(best, None)
