"""The whole configuration of a training run: what a TOML file, or a resumed run's own, says."""

import inspect
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

from model.errors import InvalidInputError
from model.optimizers import (
    DENSE_OPTIMIZERS,
    ROW_OPTIMIZERS,
    build_dense_optimizer,
    build_row_optimizer,
)
from model.zoo import ZOO
from model.zoo.config import as_float
from training.train.overrides import apply_overrides
from training.train.toml_file import read_toml
from training.train.toml_text import toml_text
from training.train.training_options import TrainingOptions

TABLES = ("model", "embedding_optimizer", "dense_optimizer", "training")
INIT_SCALE = 0.01

SHIPPED = Path(__file__).parents[1] / "configs"
"""Configurations that can be named without their path."""

OPTIMIZER_PAIRS = {"group_ftrl": ("group_ftrl", "ftrl"), "adam": ("adam", "adam")}
"""``--optimizer`` by name: the optimizers of the table and of the dense variables."""


@dataclass(frozen=True)
class RunConfig:
    """Every setting of a run, checked, defaults included.

    Args:
        model: ``name`` (a key of the zoo) and the network's own settings.
        embedding_optimizer: ``name``, the row optimizer's arguments and ``init_scale``, the bound
            of the uniform distribution of initial rows.
        dense_optimizer: ``name`` and the optimizer's arguments.
        training: how long to train and what to keep.
    """

    model: Mapping[str, Any]
    embedding_optimizer: Mapping[str, Any]
    dense_optimizer: Mapping[str, Any]
    training: TrainingOptions = field(default_factory=TrainingOptions)

    @classmethod
    def parse(cls, document: Mapping[str, Any]) -> Self:
        """Make a configuration from a TOML document; what is absent has its default.

        Raises:
            InvalidInputError: for an unknown table or key, or a value of the wrong type or outside
                its rule.
        """
        for name, table in document.items():
            if name not in TABLES:
                raise InvalidInputError(f"config: tables must be of {TABLES}; received {name!r}")
            if not isinstance(table, Mapping):
                raise InvalidInputError(f"config: [{name}] must be a table; received {table!r}")
        tables = {name: dict(document.get(name, {})) for name in TABLES}
        with _named("model"):
            model = _resolve_model(tables["model"])
        with _named("embedding_optimizer"):
            rows = _resolve_rows(tables["embedding_optimizer"])
        with _named("dense_optimizer"):
            dense = _resolve(DENSE_OPTIMIZERS, tables["dense_optimizer"])
            build_dense_optimizer(dense)
        with _named("training"):
            training = TrainingOptions.parse(tables["training"])
            _check_plateau(training, rows["name"], dense["name"])
        return cls(model, rows, dense, training)

    @classmethod
    def load(
        cls,
        path: str | Path,
        overrides: Iterable[str] = (),
        seed: int | None = None,
        optimizer: str | None = None,
    ) -> Self:
        """Read a TOML file.

        Args:
            path: the file, or the name of a shipped one (``dynint_dgp``).
            overrides: ``table.key=value`` each, where ``value`` is TOML or a bare word.
            seed: in place of ``training.seed``.
            optimizer: a key of ``OPTIMIZER_PAIRS``, with default arguments, in place of the two
                optimizers.

        Raises:
            InvalidInputError: if there is no such file, it is not TOML, or as ``parse``.
        """
        document = cls.document(path)
        if optimizer is not None:
            document |= _pair(optimizer)
        apply_overrides(document, overrides)
        if seed is not None and isinstance(document.setdefault("training", {}), dict):
            document["training"]["seed"] = seed
        return cls.parse(document)

    @staticmethod
    def document(path: str | Path) -> dict[str, Any]:
        """Read a TOML file, or a shipped one by its name, without a look at what it says.

        Raises:
            InvalidInputError: if there is no such file, or it is not TOML.
        """
        if not isinstance(path, str | Path):
            raise InvalidInputError(f"config: must be a path or a shipped name; received {path!r}")
        return read_toml(Path(path), SHIPPED)

    def to_dict(self) -> dict[str, dict[str, Any]]:
        """Return every setting as a JSON object."""
        return {
            "model": dict(self.model),
            "embedding_optimizer": dict(self.embedding_optimizer),
            "dense_optimizer": dict(self.dense_optimizer),
            "training": asdict(self.training),
        }

    def to_toml(self) -> str:
        """Write every setting as a TOML document that ``parse`` reads back equal."""
        return toml_text(self.to_dict())

    def differences(self, other: Self) -> list[str]:
        """Say in which settings another configuration differs, one line each."""
        mine, theirs = self.to_dict(), other.to_dict()
        lines = []
        for table in TABLES:
            for key in sorted(mine[table].keys() | theirs[table].keys()):
                ours, his = mine[table].get(key), theirs[table].get(key)
                if ours != his:
                    lines.append(f"{table}.{key} is {ours!r}, not {his!r}")
        return lines


@contextmanager
def _named(table: str) -> Iterator[None]:
    try:
        yield
    except InvalidInputError as error:
        raise InvalidInputError(f"config: [{table}] {error}") from error


def _pair(optimizer: str) -> dict[str, dict[str, str]]:
    if optimizer not in OPTIMIZER_PAIRS:
        raise InvalidInputError(
            f"optimizer: must be one of {tuple(OPTIMIZER_PAIRS)}; received {optimizer!r}"
        )
    rows, dense = OPTIMIZER_PAIRS[optimizer]
    return {"embedding_optimizer": {"name": rows}, "dense_optimizer": {"name": dense}}


def _resolve_model(table: dict[str, Any]) -> dict[str, Any]:
    name = table.pop("name", "dynint_dgp")
    if not isinstance(name, str) or name not in ZOO:
        raise InvalidInputError(f"name: must be one of {tuple(ZOO)}; received {name!r}")
    return {"name": name, **ZOO[name].config.parse(table).to_dict()}


def _resolve_rows(table: dict[str, Any]) -> dict[str, Any]:
    scale = table.pop("init_scale", INIT_SCALE)
    if isinstance(scale, bool) or not isinstance(scale, int | float) or not 0 <= scale < 1e6:
        raise InvalidInputError(f"init_scale: must be a number from 0; received {scale!r}")
    resolved = _resolve(ROW_OPTIMIZERS, table)
    build_row_optimizer(resolved)
    return {**resolved, "init_scale": float(scale)}


def _check_plateau(training: TrainingOptions, rows: str, dense: str) -> None:
    if training.plateau_factor < 1.0 and (rows, dense) != ("adam", "adam"):
        raise InvalidInputError(
            "plateau_factor: must be 1.0 unless both optimizers are adam, as FTRL's weights follow "
            f"from its step size; received {training.plateau_factor} with {rows} and {dense}"
        )
    if training.plateau_factor < 1.0 and 0 < training.patience <= training.plateau_patience:
        raise InvalidInputError(
            f"patience: must be above plateau_patience ({training.plateau_patience}), or 0, for "
            f"plateau_factor to act before training stops; received {training.patience}"
        )


def _resolve(makers: Mapping[str, Any], table: Mapping[str, Any]) -> dict[str, Any]:
    name = table.get("name", next(iter(makers)))
    if not isinstance(name, str) or name not in makers:
        raise InvalidInputError(f"name: must be one of {tuple(makers)}; received {name!r}")
    defaults = {
        key: parameter.default
        for key, parameter in inspect.signature(makers[name]).parameters.items()
    }
    given = {
        key: as_float(value)
        if type(value) is int and isinstance(defaults.get(key), float)
        else value
        for key, value in table.items()
    }
    return {"name": name, **defaults, **given}
