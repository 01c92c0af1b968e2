"""A table of a TOML file, read strictly."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from model.errors import InvalidInputError


class Table:
    """Gives values of the types that are asked for; a key that nobody knows is an error.

    Args:
        where: file and table, for messages.
        content: what is in it.
        known: the keys it may have.

    Raises:
        InvalidInputError: naming the key, here and in every method.
    """

    def __init__(self, where: str, content: Mapping[str, Any], known: Sequence[str]) -> None:
        self.where = where
        self._content = content
        unknown = [key for key in content if key not in known]
        if unknown:
            raise InvalidInputError(
                f"{where}: keys must be among {', '.join(known)}; received {', '.join(unknown)}"
            )

    def has(self, key: str) -> bool:
        """Tell whether a key is there."""
        return key in self._content

    def text(self, key: str) -> str:
        """Give a string that must be there and not be empty."""
        value = self._content.get(key)
        if not isinstance(value, str) or not value:
            raise self.refusal(key, "must be a string that is not empty", value)
        return value

    def one_of(self, key: str, choices: Sequence[str]) -> Any:
        """Give a string that must be one of a few."""
        value = self._content.get(key)
        if value not in choices:
            raise self.refusal(key, f"must be one of {', '.join(choices)}", value)
        return value

    def flag(self, key: str, otherwise: bool) -> bool:
        """Give true or false."""
        value = self._content.get(key, otherwise)
        if not isinstance(value, bool):
            raise self.refusal(key, "must be true or false", value)
        return value

    def texts(self, key: str) -> list[str]:
        """Give a list of strings; empty if it is not there."""
        value = self._content.get(key, [])
        if not isinstance(value, list) or not all(isinstance(entry, str) for entry in value):
            raise self.refusal(key, "must be a list of strings", value)
        return value

    def table(self, key: str, known: Sequence[str]) -> "Table | None":
        """Give a table inside this one, if it is there."""
        if key not in self._content:
            return None
        value = self._content[key]
        if not isinstance(value, dict):
            raise self.refusal(key, "must be a table", value)
        return Table(f"{self.where}: {key}", value, known)

    def tables(self, key: str, known: Sequence[str]) -> Iterator[tuple[str, "Table"]]:
        """Give the tables inside a table inside this one, by name."""
        value = self._content.get(key, {})
        if not isinstance(value, dict):
            raise self.refusal(key, "must be a table", value)
        for name, entry in value.items():
            if not isinstance(entry, dict):
                raise self.refusal(f"{key}.{name}", "must be a table", entry)
            yield name, Table(f"{self.where}: {key}.{name}", entry, known)

    def refusal(self, key: str, rule: str, received: object) -> InvalidInputError:
        """Say what a key must be."""
        shown = "none" if received is None else repr(received)[:200]
        return InvalidInputError(f"{self.where}: {key}: {rule}; received {shown}")
