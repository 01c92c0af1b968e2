from pathlib import Path
from typing import Any

import pytest

from model.errors import InvalidInputError
from tests.unit.study.made import TWO_MODELS
from training.study.plan import SHIPPED, StudyPlan

SWEEP = TWO_MODELS["sweeps"][0]
SHIPPED_NAMES = (
    *("depth", "kernel_size_rank", "orthogonality"),
    *("reduction_ratio", "singular_values", "subspaces"),
)


def with_sweep(**keys: Any) -> dict[str, Any]:
    return {**TWO_MODELS, "sweeps": [{**SWEEP, **keys}]}


def test_cases_are_each_model_at_each_value():
    cases = StudyPlan.parse(with_sweep(name="depth")).cases(1000)
    assert [case.label for case in cases] == [
        *("Int, depth 0", "Int, depth 4", "DGP, depth 0", "DGP, depth 4")
    ]
    assert [case.config.model["layers"] for case in cases] == [0, 4, 0, 4]


def test_sweeps_can_be_of_some_models_each():
    plan = StudyPlan.parse(
        {
            **TWO_MODELS,
            "view": "lines",
            "sweeps": [
                {"setting": "model.kernel_size", "values": [8, 16], "models": ["DGP"]},
                {"setting": "training.batch_size", "values": [100], "models": ["Int"]},
            ],
        }
    )
    found = [(case.label, case.config.training.batch_size) for case in plan.cases(1000)]
    assert found == [
        *(("DGP, kernel size 8", 4096), ("DGP, kernel size 16", 4096), ("Int, batch size 100", 100))
    ]


def test_settings_go_over_the_files_and_keep_what_varies():
    plan = StudyPlan.parse(TWO_MODELS, ["model.dim=8", "model.subspaces=4", "training.epochs=7"])
    for case in plan.cases(1000):
        assert (case.config.model["dim"], case.config.training.epochs) == (8, 7)
    with pytest.raises(InvalidInputError, match="set: must not be what the study varies"):
        StudyPlan.parse(TWO_MODELS, ["model.layers=2"])
    with pytest.raises(InvalidInputError, match=r"Int: config: \[model\] kernel_size: must be"):
        StudyPlan.parse(TWO_MODELS, ["model.kernel_size=2"])


@pytest.mark.parametrize(
    ("settings", "steps"),
    [
        ([], 3),  # 12 steps of at most 100 rows, four looks
        (["training.batch_size=1000"], 1),  # never less than a step
        (["training.eval_every_steps=7"], 7),
    ],
)
def test_evaluations_per_epoch_become_steps_of_the_data_at_hand(settings: list[str], steps: int):
    document = {
        **TWO_MODELS,
        "evaluations_per_epoch": 4,
        "defaults": {"training": {"batch_size": 100, "eval_every_steps": 5}},
    }
    for case in StudyPlan.parse(document, settings).cases(1150):
        assert case.config.training.eval_every_steps == steps


def test_a_folder_of_a_shipped_studys_name_is_not_in_its_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "depth").mkdir()
    monkeypatch.chdir(tmp_path)
    assert StudyPlan.load(Path("depth")).title == "Number of layers"


def test_the_shipped_studies_are_the_papers():
    plans = {path.stem: StudyPlan.load(Path(path.stem)) for path in SHIPPED.glob("*.toml")}
    assert tuple(sorted(plans)) == SHIPPED_NAMES
    found = {
        (name, sweep.key): (sweep.values, sweep.models)
        for name, plan in plans.items()
        for sweep in plan.sweeps
    }
    all_three = ("DynInt-DA", "DynInt-DGP", "DynInt-DWP")
    assert found == {
        ("depth", "layers"): ((0, 1, 2, 3, 4, 5), all_three),
        ("subspaces", "subspaces"): ((1, 2, 4, 8, 16), all_three),
        ("kernel_size_rank", "kernel_size"): ((16, 32, 64, 128), all_three[1:2]),
        ("kernel_size_rank", "latent_rank"): ((1, 2, 3, 4), all_three[2:]),
        ("reduction_ratio", "reduction_ratio"): ((2, 4, 8, 16), all_three),
        ("orthogonality", "orthogonality"): ((0.0, 1e-4, 1e-3, 1e-2, 1e-1), all_three[1:]),
    }
    for case in plans["depth"].cases(1000):
        assert case.config.model["subspaces"] == 1
    for case in plans["subspaces"].cases(1000):
        assert case.config.model["layers"] == 3
    for case in plans["orthogonality"].cases(40_960):
        assert (case.config.training.patience, case.config.training.eval_every_steps) == (0, 2)


@pytest.mark.parametrize(
    ("document", "text"),
    [
        ({**TWO_MODELS, "sweep": []}, "study: keys must be of .*; received 'sweep'"),
        ({**TWO_MODELS, "title": " "}, "study: title: must be a text; received ' '"),
        ({**TWO_MODELS, "about": 3}, "study: about: must be a text; received 3"),
        ({**TWO_MODELS, "view": "plot"}, "study: view: must be one of .*; received 'plot'"),
        ({**TWO_MODELS, "seeds": []}, "seeds: must be different integers"),
        ({**TWO_MODELS, "models": {}}, r"config: \[models.LABEL\] must be there"),
        ({**TWO_MODELS, "models": {"Int": 3}}, r"config: \[models.Int\] must be a table"),
        ({**TWO_MODELS, "evaluations_per_epoch": -1}, "evaluations_per_epoch: must be an integer"),
        (
            {**TWO_MODELS, "evaluations_per_epoch": True},
            "evaluations_per_epoch: must be an integer",
        ),
        ({**TWO_MODELS, "beside": "table9"}, "beside: must be one of .*'table3'.*; received"),
        (
            {**TWO_MODELS, "view": "lines", "beside": "table3"},
            "beside: must be with view = 'table'",
        ),
        ({**TWO_MODELS, "sweeps": 3}, r"sweeps must be \[\[sweeps\]\] tables; received 3"),
        ({**TWO_MODELS, "sweeps": [3]}, r"sweeps\[0\] must be a table; received 3"),
        ({**TWO_MODELS, "sweeps": []}, "sweeps: must be one, with view = 'table'; received 0"),
        ({**TWO_MODELS, "view": "lines", "sweeps": []}, "sweeps: must be one at least"),
        ({**TWO_MODELS, "view": "steps", "sweeps": [SWEEP, SWEEP]}, "sweeps: must be one, with"),
        (with_sweep(value=[1]), r"sweeps\[0\]: keys must be of .*; received 'value'"),
        (with_sweep(setting="layers"), "setting must be TABLE.KEY .*; received 'layers'"),
        (with_sweep(setting=3), "setting must be TABLE.KEY .*; received 3"),
        (with_sweep(setting="training.seed"), "not training.seed; received 'training.seed'"),
        (with_sweep(values=[]), r"values must be a list of different values; received \[\]"),
        (with_sweep(values=[1, 1]), "values must be a list of different values"),
        (with_sweep(values=3), "values must be a list of different values; received 3"),
        (with_sweep(name=""), "name must be a line of at most 64 characters; received ''"),
        (with_sweep(models=["Int", "X"]), "models must be different labels of .*; received"),
        (with_sweep(models=["Int"]), "sweeps: each model must be in one, or go; received 'DGP'"),
        (with_sweep(values=[-1]), "sweeps: model.layers = -1 of Int: .*must not be negative"),
        (with_sweep(setting="model.depth"), r"sweeps: model.depth = 0 of Int: .*\[model\] depth"),
        (
            with_sweep(setting="dense_optimizer.name", values=["ftrl", "Ftrl"]),
            "Ftrl.*: .*must be one of",
        ),
        (
            {**TWO_MODELS, "view": "lines", "sweeps": [SWEEP, {**SWEEP, "name": "Layers"}]},
            "must differ by more than case and signs; received 'Int, layers 0'",
        ),
        (
            {**TWO_MODELS, "view": "singular_values"},
            "models: Int, layers 0: for view = 'singular_values' must have a matrix W",
        ),
        (
            {
                **TWO_MODELS,
                "view": "singular_values",
                "sweeps": [],
                "models": {"DGP": {"model": {"name": "dynint_dgp"}}},
            },
            "models: DGP: for view = 'singular_values' must .*; received 'dynint_dgp'",
        ),
    ],
)
def test_what_breaks_a_rule_is_named(document: dict[str, Any], text: str):
    with pytest.raises(InvalidInputError, match=text):
        StudyPlan.parse(document)


def test_an_unknown_study_lists_the_shipped_ones():
    with pytest.raises(InvalidInputError, match=r"study: must be a TOML .*'depth'"):
        StudyPlan.load(Path("dept"))
