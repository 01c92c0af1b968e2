"""Optimizers by name, from a JSON object or a TOML table."""

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from model.errors import InvalidInputError
from model.optimizers.dense_adam import DenseAdam
from model.optimizers.dense_optimizer import DenseOptimizer
from model.optimizers.ftrl import Ftrl
from model.optimizers.group_ftrl import GroupFtrl
from model.optimizers.lazy_adam import LazyAdam
from model.optimizers.row_optimizer import RowOptimizer

ROW_OPTIMIZERS: dict[str, Callable[..., RowOptimizer]] = {"group_ftrl": GroupFtrl, "adam": LazyAdam}
DENSE_OPTIMIZERS: dict[str, Callable[..., DenseOptimizer]] = {"ftrl": Ftrl, "adam": DenseAdam}


def build_row_optimizer(config: Mapping[str, Any]) -> RowOptimizer:
    """Make the optimizer of an embedding table.

    Args:
        config: ``name`` (``"group_ftrl"`` if absent, or ``"adam"``) and the optimizer's own
            arguments.

    Raises:
        InvalidInputError: for an unknown name or argument, or a value outside its rule.
    """
    return _build(ROW_OPTIMIZERS, config)


def build_dense_optimizer(config: Mapping[str, Any]) -> DenseOptimizer:
    """Make the optimizer of a network's dense variables.

    Args:
        config: ``name`` (``"ftrl"`` if absent, or ``"adam"``) and the optimizer's own arguments.

    Raises:
        InvalidInputError: for an unknown name or argument, or a value outside its rule.
    """
    return _build(DENSE_OPTIMIZERS, config)


def _build(makers: Mapping[str, Callable[..., Any]], config: Mapping[str, Any]) -> Any:
    arguments = dict(config)
    name = arguments.pop("name", next(iter(makers)))
    if not isinstance(name, str) or name not in makers:
        raise InvalidInputError(f"name: must be one of {tuple(makers)}; received {name!r}")
    known = inspect.signature(makers[name]).parameters
    for key, value in arguments.items():
        if key not in known:
            raise InvalidInputError(f"{key}: must be one of {tuple(known)}; received {key!r}")
        wanted = str if isinstance(known[key].default, str) else (int, float)
        if isinstance(value, bool) or not isinstance(value, wanted):
            kind = "a string" if wanted is str else "a number"
            raise InvalidInputError(f"{key}: must be {kind}; received {value!r}")
    return makers[name](**arguments)
