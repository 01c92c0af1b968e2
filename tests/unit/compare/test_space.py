from pathlib import Path

import pytest

from model.errors import InvalidInputError
from model.zoo import ZOO
from training.tune.space import SHIPPED, Range, Space

SMALL = {"base": {"model": {"name": "lr"}}, "space": {"training.epochs": [1, 2]}}


def test_open_settings_are_lists_or_ranges_over_a_base():
    space = Space.parse(
        {
            "metric": "log_loss",
            "trials": 7,
            "base": {"config": "dynint_dgp", "training": {"epochs": 2}},
            "space": {
                "model.layers": [1, 2],
                "embedding_optimizer.alpha": {"low": 0.01, "high": 0.1, "log": True},
                "training.batch_size": {"low": 100, "high": 400, "step": 100},
            },
        }
    )
    assert (space.metric, space.trials) == ("log_loss", 7)
    assert space.open["model.layers"] == (1, 2)
    assert space.open["embedding_optimizer.alpha"] == Range(0.01, 0.1, log=True)
    assert space.open["training.batch_size"] == Range(100, 400, step=100)
    config = space.config({"model.layers": 2, "training.batch_size": 300})
    assert config.model["layers"] == 2
    assert (config.training.epochs, config.training.batch_size) == (2, 300)


def test_a_list_can_be_a_value():
    space = Space.parse(
        {
            "base": {"model": {"name": "dnn"}},
            "space": {"model.hidden_units": [[8], [16, 8]]},
        }
    )
    assert space.open["model.hidden_units"] == ((8,), (16, 8))
    assert space.config({"model.hidden_units": (16, 8)}).model["hidden_units"] == [16, 8]


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("*.toml")), ids=lambda path: path.stem)
def test_every_shipped_space_can_be_searched(path: Path):
    space = Space.load(Path(path.stem))
    for key, choice in space.open.items():
        ends = (choice.low, choice.high) if isinstance(choice, Range) else choice
        for value in ends:
            space.config({key: value})


@pytest.mark.parametrize(
    ("document", "text"),
    [
        ({"base": {}}, r"config: \[space\] must leave one setting open"),
        ({**SMALL, "no": 1}, "config: keys must be of .*; received 'no'"),
        ({**SMALL, "metric": "f1"}, "metric: must be one of .*; received 'f1'"),
        ({**SMALL, "trials": 0}, "trials: must be an integer from 1 to 100,000; received 0"),
        ({**SMALL, "trials": True}, "trials: must be an integer"),
        ({**SMALL, "base": {"modle": {}}}, "base: keys must be of .*; received 'modle'"),
        ({**SMALL, "base": {"model": 3}}, "base: model must be a table; received 3"),
        ({**SMALL, "space": {"epochs": [1]}}, "space: settings must be TABLE.KEY"),
        ({**SMALL, "space": {"training.epochs": []}}, "space: training.epochs must be a list"),
        ({**SMALL, "space": {"training.epochs": {"low": 3, "high": 1}}}, "numbers low < high"),
        ({**SMALL, "space": {"training.epochs": {"low": 1, "top": 3}}}, "received 'top'"),
        (
            {**SMALL, "space": {"training.epochs": {"low": 0, "high": 1, "log": True}}},
            "log must be true or false, and true only for low above 0",
        ),
        (
            {**SMALL, "space": {"training.epochs": {"low": 1, "high": 3, "step": 0}}},
            "step must be above 0; received 0",
        ),
        (
            {**SMALL, "space": {"training.epochs": {"low": 1, "high": 4, "step": 0.5}}},
            "step must be an integer between integers; received 0.5",
        ),
        (
            {**SMALL, "space": {"training.epochs": {"low": 1, "high": float("inf")}}},
            "must have numbers low < high",
        ),
        ({**SMALL, "space": {"training.epochs": [1, 1]}}, "must list each value once"),
        ({**SMALL, "space": {"training.epochs": [1, "x"]}}, "must list values of one kind"),
        ({**SMALL, "base": {"config": 3}}, "config: must be a path .*; received 3"),
        ({**SMALL, "base": {"model": {"name": "lr", "dim": 3}}}, "dim: .*it has no settings"),
        ({**SMALL, "space": {"training.epocs": [1]}}, "epocs: must be one of"),
    ],
)
def test_what_breaks_a_rule_is_named(document: dict[str, object], text: str):
    with pytest.raises(InvalidInputError, match=text):
        Space.parse(document)


def test_every_network_has_a_space():
    assert ZOO.keys() <= {path.stem for path in SHIPPED.glob("*.toml")}
