"""The list of fields a model takes, and its identity."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from dataclasses import fields as dataclass_fields
from functools import cached_property
from pathlib import Path
from typing import Any, Self

from model.errors import InvalidInputError
from model.features.field import Field, Side
from model.regular_file import read_regular

VERSION = 1
MOST_FIELDS = 2**16 - 1

_KEYS = ("fields", "min_count", "version")
_FIELD_KEYS = tuple(field.name for field in dataclass_fields(Field))


@dataclass(frozen=True)
class FeatureSpec:
    """The ordered fields of a model and the frequency threshold of their levels.

    Its canonical JSON (sorted keys, no spaces, UTF-8) is what ``save`` writes, so the SHA-256 of
    the file is the spec's ``digest``.

    Args:
        fields: at least one, names all different; their order is the order of columns everywhere.
        min_count: at least 1; a level seen fewer times in training is out of vocabulary.

    Raises:
        InvalidInputError: if an argument breaks its rule.
    """

    fields: tuple[Field, ...]
    min_count: int = 1

    def __post_init__(self) -> None:
        object.__setattr__(self, "fields", tuple(self.fields))
        if not 1 <= len(self.fields) <= MOST_FIELDS:
            raise InvalidInputError(
                f"fields: must be 1 to {MOST_FIELDS} fields; received {len(self.fields)}"
            )
        for field in self.fields:
            if not isinstance(field, Field):
                raise InvalidInputError(
                    f"fields: each must be a Field; received {type(field).__name__}"
                )
        twice = sorted({name for name in self.names if self.names.count(name) > 1})
        if twice:
            raise InvalidInputError(f"fields: names must be unique; received twice: {twice}")
        if type(self.min_count) is not int or self.min_count < 1:
            raise InvalidInputError(
                f"min_count: must be an integer of at least 1; received {self.min_count!r}"
            )

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The fields' names, in order."""
        return tuple(field.name for field in self.fields)

    @cached_property
    def digest(self) -> str:
        """The spec's identity: SHA-256 of its canonical JSON, in hexadecimal."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()

    @property
    def sides(self) -> tuple[Side, ...]:
        """Each field's side."""
        return tuple(field.side for field in self.fields)

    def positions(self, side: Side) -> tuple[int, ...]:
        """The places of one side's fields in the order of all fields."""
        return tuple(place for place, field in enumerate(self.fields) if field.side == side)

    def to_json(self) -> str:
        """Write the canonical JSON: equal specs give equal text."""
        content = {
            "fields": [asdict(field) for field in self.fields],
            "min_count": self.min_count,
            "version": VERSION,
        }
        return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """Read a spec from JSON; spacing and the order of keys do not matter.

        Raises:
            InvalidInputError: if it is not JSON, if a key is unknown, twice there or missing, or if
                a field breaks a rule.
        """
        try:
            decoded = text.decode() if isinstance(text, bytes) else text
            content = json.loads(decoded, object_pairs_hook=_unique_keys)
        except InvalidInputError:
            raise
        except (ValueError, RecursionError) as error:
            raise InvalidInputError(f"feature spec: must be JSON in UTF-8; {error}") from error
        _require_keys(content, "feature spec", _KEYS, needed=_KEYS)
        if type(content["version"]) is not int or content["version"] != VERSION:
            raise InvalidInputError(
                f"feature spec: version must be {VERSION}; received {content['version']!r}"
            )
        if not isinstance(content["fields"], list):
            raise InvalidInputError(
                f"fields: must be a list; received {type(content['fields']).__name__}"
            )
        for place, field in enumerate(content["fields"]):
            _require_keys(field, f"fields[{place}]", _FIELD_KEYS, needed=("name", "kind", "side"))
        return cls(
            fields=tuple(Field(**field) for field in content["fields"]),
            min_count=content["min_count"],
        )

    def save(self, path: str | Path) -> None:
        """Write the canonical JSON to a file."""
        Path(path).write_bytes(self.to_json().encode())

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Read a spec from a file.

        Raises:
            InvalidInputError: as ``from_json``, with the file's name.
            OSError: if there is no such file, or it is a pipe or the like.
        """
        try:
            return cls.from_json(read_regular(Path(path)))
        except InvalidInputError as error:
            raise InvalidInputError(f"{path}: {error}") from error


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    keys = [key for key, _ in pairs]
    twice = sorted({key for key in keys if keys.count(key) > 1})
    if twice:
        raise InvalidInputError(f"feature spec: keys must be unique; received twice: {twice}")
    return dict(pairs)


def _require_keys(
    content: object, where: str, known: tuple[str, ...], needed: tuple[str, ...]
) -> None:
    if not isinstance(content, Mapping):
        raise InvalidInputError(f"{where}: must be an object; received {type(content).__name__}")
    unknown = sorted(content.keys() - set(known))
    if unknown:
        raise InvalidInputError(
            f"{where}: keys must be among {', '.join(sorted(known))}; received {', '.join(unknown)}"
        )
    missing = [key for key in needed if key not in content]
    if missing:
        raise InvalidInputError(
            f"{where}: must have {', '.join(needed)}; received none for {', '.join(missing)}"
        )
