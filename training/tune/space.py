"""What is searched: a run's configuration with some settings left open."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self, TypeGuard

from model.errors import InvalidInputError
from training.train.run_config import TABLES, RunConfig
from training.train.toml_file import read_layered

SHIPPED = Path(__file__).parent / "spaces"
"""Search spaces that can be named without their path."""

METRICS = ("auc", "log_loss")
_KEYS = ("metric", "trials", "base", "space")
_MOST = 1e15
"""Larger numbers are no setting's, and integers are exact below."""

_RANGE = ("low", "high", "log", "step")


@dataclass(frozen=True)
class Range:
    """Numbers from ``low`` to ``high``: integers if both are, evenly in the logarithm if ``log``."""

    low: float
    high: float
    log: bool = False
    step: float | None = None


@dataclass(frozen=True)
class Space:
    """A search space.

    Args:
        base: tables of a run's configuration.
        open: by ``table.key``, the values to choose from, or a range.
        metric: of the valid split, to be made best.
        trials: how many settings to try.
    """

    base: Mapping[str, Mapping[str, Any]]
    open: Mapping[str, tuple[Any, ...] | Range]
    metric: str = "auc"
    trials: int = 30

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a TOML file, or a shipped space by its name.

        ::

            like = "another"             # a search to start from, shipped or a path
            metric = "auc"
            trials = 30

            [base]
            config = "dynint_dgp"        # a run's configuration, shipped or a path
            [base.training]              # its tables, in place of the file's keys
            epochs = 5

            [space]
            "model.layers" = [1, 2, 3, 4]
            "embedding_optimizer.alpha" = { low = 0.01, high = 0.1, log = true }

        Raises:
            InvalidInputError: if there is no such file or it breaks a rule.
        """
        return cls.parse(read_layered(path, SHIPPED))

    @classmethod
    def parse(cls, document: Mapping[str, Any]) -> Self:
        """Make a space from a TOML document; as ``load``."""
        _known(document, _KEYS, "config")
        given = document.get("space")
        if not isinstance(given, Mapping) or not given:
            raise InvalidInputError("config: [space] must leave one setting open at least")
        metric, trials = document.get("metric", "auc"), document.get("trials", 30)
        if metric not in METRICS:
            raise InvalidInputError(f"metric: must be one of {METRICS}; received {metric!r}")
        if type(trials) is not int or not 1 <= trials <= 100_000:
            raise InvalidInputError(
                f"trials: must be an integer from 1 to 100,000; received {trials!r}"
            )
        found = cls(
            _base(document.get("base", {})),
            {key: _choice(key, value) for key, value in given.items()},
            metric,
            trials,
        )
        found.config({key: _first(choice) for key, choice in found.open.items()})
        return found

    def config(self, chosen: Mapping[str, Any]) -> RunConfig:
        """Make the configuration in which the open settings are these.

        Raises:
            InvalidInputError: if they break a rule, alone or together.
        """
        tables = {name: dict(table) for name, table in self.base.items()}
        for path, value in chosen.items():
            table, _, key = path.partition(".")
            tables.setdefault(table, {})[key] = list(value) if isinstance(value, tuple) else value
        return RunConfig.parse(tables)


def _known(given: Mapping[str, Any], known: tuple[str, ...], where: str) -> None:
    for key in given:
        if key not in known:
            raise InvalidInputError(f"{where}: keys must be of {known}; received {key!r}")


def _base(given: Any) -> dict[str, dict[str, Any]]:
    if not isinstance(given, Mapping):
        raise InvalidInputError(f"config: [base] must be a table; received {given!r}")
    _known(given, ("config", *TABLES), "base")
    tables = RunConfig.document(given["config"]) if "config" in given else {}
    for name in TABLES:
        own = given.get(name, {})
        if not isinstance(own, Mapping):
            raise InvalidInputError(f"base: {name} must be a table; received {own!r}")
        if own:
            below = tables.get(name, {})
            keeps = own.get("name", below.get("name")) == below.get("name")
            tables[name] = {**(below if keeps else {}), **own}
    return tables


def _choice(path: str, value: Any) -> tuple[Any, ...] | Range:
    table, dot, key = path.partition(".")
    if table not in TABLES or not dot or not key or "." in key:
        raise InvalidInputError(
            f"space: settings must be TABLE.KEY with a table of {TABLES}; received {path!r}"
        )
    if isinstance(value, list) and value:
        if any(each in value[:place] for place, each in enumerate(value)):
            raise InvalidInputError(f"space: {path} must list each value once; received {value!r}")
        if len({float if type(each) is int else type(each) for each in value}) > 1:
            raise InvalidInputError(
                f"space: {path} must list values of one kind; received {value!r}"
            )
        return tuple(tuple(each) if isinstance(each, list) else each for each in value)
    if isinstance(value, Mapping):
        _known(value, _RANGE, f"space: {path}")
        return _range(path, value)
    raise InvalidInputError(
        f"space: {path} must be a list of values or {{ low, high }}; received {value!r}"
    )


def _range(path: str, value: Mapping[str, Any]) -> Range:
    low, high = value.get("low"), value.get("high")
    log, step = value.get("log", False), value.get("step")
    if not _is_number(low) or not _is_number(high) or not low < high:
        raise InvalidInputError(
            f"space: {path} must have numbers low < high; received {low!r} and {high!r}"
        )
    if not isinstance(log, bool) or (log and (low <= 0 or step is not None)):
        raise InvalidInputError(
            f"space: {path}: log must be true or false, and true only for low above 0 and without "
            f"step; received {log!r}"
        )
    if step is not None and (not _is_number(step) or step <= 0):
        raise InvalidInputError(f"space: {path}: step must be above 0; received {step!r}")
    whole = isinstance(low, int) and isinstance(high, int)
    if whole and step is not None and not isinstance(step, int):
        raise InvalidInputError(
            f"space: {path}: step must be an integer between integers; received {step!r}"
        )
    return Range(low, high, log, step)


def _is_number(value: Any) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < _MOST


def _first(choice: tuple[Any, ...] | Range) -> Any:
    return choice.low if isinstance(choice, Range) else choice[0]
