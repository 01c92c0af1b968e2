"""One setting and the values it is given."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from model.errors import InvalidInputError
from training.train.run_config import TABLES

_KEYS = ("name", "setting", "values", "models")


@dataclass(frozen=True)
class Sweep:
    """What varies.

    Args:
        setting: ``table.key`` of a run's configuration.
        values: in the order of the tables and plots.
        models: labels of the models whose setting it is.
        name: what people call it.
    """

    setting: str
    values: tuple[Any, ...]
    models: tuple[str, ...]
    name: str

    @property
    def table(self) -> str:
        """The setting's table."""
        return self.setting.partition(".")[0]

    @property
    def key(self) -> str:
        """The setting's key in its table."""
        return self.setting.partition(".")[2]

    @staticmethod
    def text(value: Any) -> str:
        """Write a value."""
        if isinstance(value, tuple):
            return str(list(value))
        return f"{value:g}" if isinstance(value, float) else str(value)

    @classmethod
    def parse_all(cls, given: Any, models: tuple[str, ...]) -> tuple[Self, ...]:
        """Make sweeps from a TOML array of tables.

        Raises:
            InvalidInputError: naming the sweep's place and the rule that it breaks.
        """
        if not isinstance(given, list):
            raise InvalidInputError(f"study: sweeps must be [[sweeps]] tables; received {given!r}")
        return tuple(
            cls._parse(each, models, f"study: sweeps[{place}]") for place, each in enumerate(given)
        )

    @classmethod
    def _parse(cls, given: Any, models: tuple[str, ...], where: str) -> Self:
        if not isinstance(given, Mapping):
            raise InvalidInputError(f"{where} must be a table; received {given!r}")
        for key in given:
            if key not in _KEYS:
                raise InvalidInputError(f"{where}: keys must be of {_KEYS}; received {key!r}")
        setting = given.get("setting")
        table, _, key = setting.partition(".") if isinstance(setting, str) else ("", "", "")
        if table not in TABLES or not key or "." in key or setting == "training.seed":
            raise InvalidInputError(
                f"{where}: setting must be TABLE.KEY with a table of {TABLES}, and not "
                f"training.seed; received {setting!r}"
            )
        values = given.get("values")
        if not isinstance(values, list) or not values or _repeated(values):
            raise InvalidInputError(
                f"{where}: values must be a list of different values; received {values!r}"
            )
        name = given.get("name", key.replace("_", " "))
        if not isinstance(name, str) or not 0 < len(name.strip()) <= 64 or "\n" in name:
            raise InvalidInputError(
                f"{where}: name must be a line of at most 64 characters; received {name!r}"
            )
        chosen = given.get("models", list(models))
        known = isinstance(chosen, list) and all(label in models for label in chosen)
        if not known or not chosen or _repeated(chosen):
            raise InvalidInputError(
                f"{where}: models must be different labels of {models}; received {chosen!r}"
            )
        plain = (tuple(value) if isinstance(value, list) else value for value in values)
        return cls(str(setting), tuple(plain), tuple(chosen), name.strip())


def _repeated(values: list[Any]) -> bool:
    return any(value in values[:place] for place, value in enumerate(values))
