"""JSON objects read from files that people and crashes may have changed."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from model.errors import InvalidInputError
from model.regular_file import read_regular

_NAMES: dict[type, str] = {dict: "an object", list: "a list", str: "a string"}


def read_object(path: Path, needs: Mapping[str, type] | None = None) -> dict[str, Any]:
    """Read a file that holds one JSON object.

    Args:
        path: the file.
        needs: keys that must be there, with the type of their values.

    Raises:
        InvalidInputError: naming the file, if it holds anything else.
        OSError: if there is no such file, or it is a pipe or the like.
    """
    return _object(read_regular(path), str(path), needs or {})


def read_objects(path: Path, needs: Mapping[str, type] | None = None) -> list[dict[str, Any]]:
    r"""Read a file of one JSON object a line; a last line without its ``\n`` is left out.

    Lines end at ``\n`` and nowhere else: JSON text may hold U+0085, U+2028 and U+2029 as they are,
    at which ``str.splitlines`` would cut it.

    Args:
        path: the file.
        needs: keys that each object must have, with the type of their values.

    Raises:
        InvalidInputError: naming file and line, if a line holds anything else.
        OSError: if there is no such file, or it is a pipe or the like.
    """
    lines = read_regular(path).split(b"\n")[:-1]
    return [
        _object(line, f"{path}:{number}", needs or {}) for number, line in enumerate(lines, start=1)
    ]


def _object(text: bytes, where: str, needs: Mapping[str, type]) -> dict[str, Any]:
    try:
        value = json.loads(text.decode())
    except (ValueError, RecursionError) as error:
        raise InvalidInputError(f"{where}: must be a JSON object in UTF-8; {error}") from error
    if not isinstance(value, dict):
        raise InvalidInputError(f"{where}: must be a JSON object; received {type(value).__name__}")
    for key, kind in needs.items():
        if not isinstance(value.get(key), kind):
            received = type(value[key]).__name__ if key in value else "none"
            raise InvalidInputError(
                f"{where}: must have {_NAMES.get(kind, kind.__name__)} {key!r}; received {received}"
            )
    return value
