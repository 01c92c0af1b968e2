"""What is compared: models by label, and seeds."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self

from model.errors import InvalidInputError
from training.compare.raw import parse_rules
from training.train.run_config import TABLES, RunConfig
from training.train.toml_file import put_over, read_layered

SHIPPED = Path(__file__).parent / "plans"
"""Plans that can be named without their path."""

_KEYS = ("seeds", "prepare", "defaults", "models")
_LABEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9 &+._-]{0,63}")


@dataclass(frozen=True)
class Plan:
    """Which models are trained, and how often.

    Args:
        models: a run's configuration by the model's label, in the order of the table.
        seeds: of the initial weights and the order of rows; each model is trained with each.
        prepare: how raw logs are prepared, every rule of ``raw.RULES``.
    """

    models: Mapping[str, RunConfig]
    seeds: tuple[int, ...]
    prepare: Mapping[str, Any] = field(default_factory=lambda: parse_rules({}))

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a TOML file, or a shipped plan by its name.

        ::

            like = "table1"              # a plan to start from, shipped or a path
            seeds = [1, 2, 3]

            [prepare]                    # of raw logs, as the options of 'dynint prepare'
            format = "criteo"
            deal_anew = true             # each seed deals the rows to the splits by itself

            [defaults.training]          # of all models: tables as a run's configuration has them
            epochs = 10

            [models.FM.model]            # of one: the same tables, in place of the defaults' keys
            name = "fm"

            [models."DynInt-DGP"]
            config = "dynint_dgp"        # a run's configuration, shipped or a path, to start from

        Raises:
            InvalidInputError: if there is no such file or it breaks a rule, naming the model.
        """
        return cls.parse(read_layered(path, SHIPPED))

    @classmethod
    def parse(cls, document: Mapping[str, Any]) -> Self:
        """Make a plan from a TOML document; as ``load``, but that ``like`` is known to files only."""
        for key in document:
            if key not in _KEYS:
                raise InvalidInputError(f"config: keys must be of {_KEYS}; received {key!r}")
        prepare = document.get("prepare", {})
        if not isinstance(prepare, Mapping):
            raise InvalidInputError(f"config: [prepare] must be a table; received {prepare!r}")
        defaults = _tables(document.get("defaults", {}), "defaults", ())
        models = document.get("models")
        if not isinstance(models, Mapping) or not models:
            raise InvalidInputError("config: [models.LABEL] must be there at least once")
        folders: dict[str, str] = {}
        for label in models:
            if not _LABEL.fullmatch(label):
                raise InvalidInputError(
                    f"config: a label must match {_LABEL.pattern}; received {label!r}"
                )
            twin = folders.setdefault(folder_of(label), label)
            if twin != label:
                raise InvalidInputError(
                    f"config: labels must differ by more than case and signs; received {twin!r} "
                    f"and {label!r}"
                )
        return cls(
            {label: _config(label, table, defaults) for label, table in models.items()},
            _seeds(document.get("seeds", [1])),
            parse_rules(prepare),
        )

    def part(self, labels: Sequence[str], seeds: Sequence[int]) -> Self:
        """Take some of the models, and other seeds; of nothing given all.

        Raises:
            InvalidInputError: for a label that the plan does not have, or seeds that are none.
        """
        for label in labels:
            if label not in self.models:
                raise InvalidInputError(
                    f"only: must be one of {tuple(self.models)}; received {label!r}"
                )
        models = {key: value for key, value in self.models.items() if not labels or key in labels}
        return replace(self, models=models, seeds=_seeds(list(seeds)) if seeds else self.seeds)


def parse_seeds(text: str | None) -> list[int]:
    """Read seeds as options give them, ``1,2,3``; none of ``None``.

    Raises:
        InvalidInputError: for anything else.
    """
    try:
        return [int(each) for each in text.split(",")] if text is not None else []
    except ValueError as error:
        raise InvalidInputError(
            f"seeds: must be integers with commas between, as 1,2,3; received {text!r}"
        ) from error


def folder_of(label: str) -> str:
    """Make a label the name of a folder."""
    return re.sub(r"[^a-z0-9]+", "_", label.lower()).strip("_")


def _seeds(value: Any) -> tuple[int, ...]:
    is_list = isinstance(value, list) and value and all(type(seed) is int for seed in value)
    if not is_list or len(set(value)) < len(value) or not all(0 <= seed < 2**31 for seed in value):
        raise InvalidInputError(
            f"seeds: must be different integers from 0 to 2^31 - 1, one at least; received {value!r}"
        )
    return tuple(value)


def _tables(value: Any, where: str, others: tuple[str, ...]) -> dict[str, dict[str, Any]]:
    if not isinstance(value, Mapping):
        raise InvalidInputError(f"config: [{where}] must be a table; received {value!r}")
    for key, table in value.items():
        if key not in (*TABLES, *others):
            raise InvalidInputError(
                f"config: [{where}] keys must be of {(*TABLES, *others)}; received {key!r}"
            )
        if key in TABLES and not isinstance(table, Mapping):
            raise InvalidInputError(f"config: [{where}.{key}] must be a table; received {table!r}")
    return {key: dict(table) for key, table in value.items() if key in TABLES}


def _config(label: str, table: Any, defaults: Mapping[str, dict[str, Any]]) -> RunConfig:
    """Put one model's configuration together: its file, the defaults, its own keys."""
    own = _tables(table, f"models.{label}", ("config",))
    document = RunConfig.document(table["config"]) if "config" in table else {}
    for tables in (defaults, own):
        for name, settings in tables.items():
            document[name] = put_over(document.get(name, {}), settings)
    if "name" not in document.get("model", {}):
        raise InvalidInputError(
            f"{label}: must have a config, or a name in [model]; received neither"
        )
    try:
        return RunConfig.parse(document)
    except InvalidInputError as error:
        raise InvalidInputError(f"{label}: {error}") from error
