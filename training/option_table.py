"""Tables of a TOML file, as frozen dataclasses that check themselves."""

import math
from collections.abc import Mapping
from dataclasses import fields
from typing import Any, Self

from model.errors import InvalidInputError


class Table:
    """Makes a dataclass of a TOML table: unknown keys and wrong types are refused by name."""

    @classmethod
    def parse(cls, name: str, table: Mapping[str, Any]) -> Self:
        """Make one; what is absent has its default.

        Raises:
            InvalidInputError: naming the table and the key that breaks its rule.
        """
        known = {field.name: field for field in fields(cls)}  # type: ignore[arg-type]
        for key, value in table.items():
            if key not in known:
                raise InvalidInputError(
                    f"config: [{name}] keys must be of {tuple(known)}; received {key!r}"
                )
            if not _fits(value, known[key].default):
                kind = _KINDS[type(known[key].default)]
                raise InvalidInputError(
                    f"config: [{name}] {key} must be {kind}; received {value!r}"
                )
        try:
            return cls(**{key: tuple(v) if isinstance(v, list) else v for key, v in table.items()})
        except InvalidInputError as error:
            raise InvalidInputError(f"config: [{name}] {error}") from error


_KINDS: dict[type, str] = {
    str: "a string",
    int: "an integer",
    float: "a finite number",
    bool: "true or false",
    tuple: "a list of strings",
}


def _fits(value: Any, default: Any) -> bool:
    if isinstance(default, tuple):
        return isinstance(value, list) and all(isinstance(each, str) for each in value)
    if isinstance(default, float):
        return type(value) in {int, float} and math.isfinite(value)
    return type(value) is type(default)


def require(holds: bool, name: str, rule: str, received: object) -> None:
    """Refuse a value whose rule does not hold.

    Raises:
        InvalidInputError: naming it.
    """
    if not holds:
        raise InvalidInputError(f"{name}: {rule}; received {received!r}")
