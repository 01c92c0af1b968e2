"""TOML files that a command takes by path, or by name where the project ships them."""

import tomllib
from pathlib import Path
from typing import Any

from model.errors import InvalidInputError


def read_toml(path: Path, shipped: Path) -> dict[str, Any]:
    """Read a file.

    Args:
        path: the file, or the name of one in ``shipped``, without its ending.
        shipped: folder of the project's own.

    Raises:
        InvalidInputError: if there is no such file, or it is not TOML.
    """
    file = path if path.exists() else shipped / f"{path}.toml"
    if file.is_dir():
        raise InvalidInputError(f"config: must be a TOML file; {path} is a folder")
    if not file.exists():
        names = sorted(each.stem for each in shipped.glob("*.toml"))
        raise InvalidInputError(
            f"config: must be a TOML file or one of {names}; received {str(path)!r}"
        )
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise InvalidInputError(f"config: {path} must be a TOML file; {error}") from error
