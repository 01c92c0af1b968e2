"""Optimizers by name."""

import pytest

from model.errors import InvalidInputError
from model.optimizers import Ftrl, GroupFtrl, LazyAdam, build_dense_optimizer, build_row_optimizer


def test_a_table_names_the_optimizer_and_its_arguments():
    optimizer = build_row_optimizer({"name": "group_ftrl", "alpha": 0.02, "lambda1": 1})
    assert isinstance(optimizer, GroupFtrl)
    assert (optimizer.alpha, optimizer.lambda1) == (0.02, 1)
    assert isinstance(build_row_optimizer({"name": "adam"}), LazyAdam)


def test_without_a_name_the_paper_s_optimizers_are_made():
    assert isinstance(build_row_optimizer({}), GroupFtrl)
    assert isinstance(build_dense_optimizer({}), Ftrl)


@pytest.mark.parametrize("build", [build_row_optimizer, build_dense_optimizer])
@pytest.mark.parametrize(
    ("config", "text"),
    [
        ({"name": "sgd"}, r"name: must be one of \('.*'adam'\); received 'sgd'"),
        ({"name": []}, r"name: must be one of \('.*'adam'\); received \[\]"),
        ({"momentum": 0.9}, r"momentum: must be one of \('alpha', .*\); received 'momentum'"),
        ({"alpha": "0.1"}, "alpha: must be a number; received '0.1'"),
        ({"alpha": True}, "alpha: must be a number; received True"),
        ({"z_init": 0}, "z_init: must be a string; received 0"),
        ({"name": "adam", "beta1": 1.0}, "beta1: must be from 0 to below 1; received 1.0"),
        ({"name": "adam", "epsilon": 0.0}, "epsilon: must be finite and positive; received 0.0"),
    ],
)
def test_what_is_unknown_or_wrong_is_refused(build, config, text):
    with pytest.raises(InvalidInputError, match=rf"^{text}"):
        build(config)
