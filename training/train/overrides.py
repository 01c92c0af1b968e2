"""``--set table.key=value``: single settings in place of a file's."""

import tomllib
from collections.abc import Iterable
from typing import Any

from model.errors import InvalidInputError


def apply_overrides(document: dict[str, Any], overrides: Iterable[str]) -> None:
    """Put settings into a TOML document.

    Args:
        document: tables by name; changed in place.
        overrides: ``table.key=value`` each; ``value`` is read as TOML, or as a string if it is
            not TOML, so that ``model.name=lr`` needs no quotes.

    Raises:
        InvalidInputError: for text of another form.
    """
    for text in overrides:
        path, equals, value = text.partition("=")
        table, dot, key = path.strip().partition(".")
        if not (equals and dot and table and key) or "." in key:
            raise InvalidInputError(f"set: must be table.key=value; received {text!r}")
        target = document.setdefault(table, {})
        if isinstance(target, dict):
            target[key] = _value(value.strip())


def _value(text: str) -> Any:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except (ValueError, RecursionError):  # a ValueError too is an integer of 5,000 digits
        return text
