from dataclasses import replace
from pathlib import Path

import pytest

from model.errors import InvalidInputError
from training.compare.plan import SHIPPED, Plan, folder_of

SMALL = {"models": {"LR": {"model": {"name": "lr"}}}}


def test_a_model_starts_from_its_file_then_the_defaults_then_its_own_keys():
    plan = Plan.parse(
        {
            "seeds": [3, 1],
            "defaults": {"model": {"dim": 32}, "training": {"epochs": 2, "batch_size": 100}},
            "models": {
                "DGP": {"config": "dynint_dgp", "training": {"epochs": 5}},
                "Int": {"model": {"name": "xdeepint"}},
            },
        }
    )
    assert plan.seeds == (3, 1)
    assert list(plan.models) == ["DGP", "Int"]
    dgp = plan.models["DGP"]
    assert (dgp.model["name"], dgp.model["dim"], dgp.model["kernel_size"]) == ("dynint_dgp", 32, 64)
    assert (dgp.training.epochs, dgp.training.batch_size) == (5, 100)
    assert dgp.training.eval_every_steps == 8  # of the file
    assert plan.models["Int"].training.epochs == 2


def test_defaults_without_a_name_are_for_models_of_any_name():
    plan = Plan.parse(
        {
            "defaults": {"model": {"dim": 8, "subspaces": 2}},
            "models": {"Int": {"model": {"name": "xdeepint"}}},
        }
    )
    assert (plan.models["Int"].model["dim"], plan.models["Int"].model["subspaces"]) == (8, 2)


def test_settings_of_another_optimizer_do_not_stay_behind():
    plan = Plan.parse(
        {
            "defaults": {"embedding_optimizer": {"name": "group_ftrl", "lambda1": 0.5}},
            "models": {
                "a": {"model": {"name": "lr"}},
                "b": {"model": {"name": "lr"}, "embedding_optimizer": {"name": "adam"}},
            },
        }
    )
    assert plan.models["a"].embedding_optimizer["lambda1"] == 0.5
    assert plan.models["b"].embedding_optimizer["name"] == "adam"
    assert "lambda1" not in plan.models["b"].embedding_optimizer


@pytest.mark.parametrize(
    ("document", "text"),
    [
        ({}, r"config: \[models.LABEL\] must be there"),
        ({"model": {}}, r"config: keys must be of .*; received 'model'"),
        ({**SMALL, "prepare": 3}, r"config: \[prepare\] must be a table; received 3"),
        ({**SMALL, "prepare": {"seed": 1}}, r"\[prepare\] keys must be of .*; received 'seed'"),
        ({**SMALL, "prepare": {"min_count": "2"}}, "min_count must be of type int; received '2'"),
        ({**SMALL, "seeds": []}, r"seeds: must be different integers .*; received \[\]"),
        ({**SMALL, "seeds": [1, 1]}, "seeds: must be different"),
        ({**SMALL, "seeds": [True]}, "seeds: must be different integers"),
        ({**SMALL, "seeds": [-1]}, "seeds: must be different integers"),
        ({**SMALL, "defaults": {"train": {}}}, r"config: \[defaults\] keys must be of"),
        ({**SMALL, "defaults": {"training": 3}}, r"config: \[defaults.training\] must be a table"),
        ({"models": {"A": {"config": 3}}}, "config: must be a path .*; received 3"),
        ({"models": {"A": {"training": {}}}}, "A: must have a config, or a name in"),
        ({"models": {"a/b": {}}}, "config: a label must match .*; received 'a/b'"),
        ({"models": {"A-b": {}, "a b": {}}}, "config: labels must differ by more than case"),
        ({"models": {"a": 3}}, r"config: \[models.a\] must be a table; received 3"),
        (
            {"models": {"a": {"model": {"name": "no"}}}},
            r"^a: config: \[model\] name: must be one of",
        ),
        ({"models": {"a": {"config": "no_such"}}}, "no_such"),
    ],
)
def test_what_breaks_a_rule_is_named(document: dict[str, object], text: str):
    with pytest.raises(InvalidInputError, match=text):
        Plan.parse(document)


def test_labels_become_folders():
    assert folder_of("Wide&Deep") == "wide_deep"
    assert folder_of("DCN V2") == "dcn_v2"


def test_a_plan_is_put_over_the_one_that_it_is_like(tmp_path):
    (tmp_path / "mine.toml").write_text(
        """
        like = "table1"
        seeds = [7]
        prepare.format = "avazu"
        defaults.training.epochs = 2
        models.LR.embedding_optimizer.alpha = 0.5
        models.FM = {model = {name = "lr"}, embedding_optimizer = {name = "adam"}}
        """
    )
    plan, base = Plan.load(tmp_path / "mine.toml"), Plan.load(Path("table1"))
    assert list(plan.models) == list(base.models)
    assert plan.seeds == (7,)
    assert plan.prepare["format"] == "avazu"
    assert plan.models["DNN"].training == replace(base.models["DNN"].training, epochs=2)
    assert plan.models["DNN"].model == base.models["DNN"].model
    lr = dict(base.models["LR"].embedding_optimizer)
    assert plan.models["LR"].embedding_optimizer == lr | {"alpha": 0.5}
    assert plan.models["FM"].model == {"name": "lr"}
    assert plan.models["FM"].embedding_optimizer["name"] == "adam"


@pytest.mark.parametrize("like", ["3", '"self.toml"', '"nothing"'])
def test_a_plan_like_none_is_refused(tmp_path, monkeypatch, like):
    monkeypatch.chdir(tmp_path)
    Path("self.toml").write_text(f"like = {like}")
    with pytest.raises(InvalidInputError, match="config: "):
        Plan.load(Path("self.toml"))


def test_some_models_and_other_seeds_can_be_taken():
    plan = Plan.load(Path("table1"))
    part = plan.part(["DCN V2", "LR"], [4, 5])
    assert (list(part.models), part.seeds) == (["LR", "DCN V2"], (4, 5))
    assert plan.part((), ()) == plan
    with pytest.raises(InvalidInputError, match=r"only: must be one of .*; received 'GBDT'"):
        plan.part(["GBDT"], ())
    with pytest.raises(InvalidInputError, match="seeds: must be different integers"):
        plan.part((), [1, 1])


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("*.toml")), ids=lambda path: path.stem)
def test_every_shipped_plan_is_one(path):
    plan = Plan.load(Path(path.stem))
    assert len(plan.models) >= 7
    assert plan.prepare["format"]
