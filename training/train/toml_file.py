"""TOML files that a command takes by path, or by name where the project ships them."""

import tomllib
from pathlib import Path
from typing import Any

from model.errors import InvalidInputError


def read_toml(path: Path, shipped: Path, argument: str = "config") -> dict[str, Any]:
    """Read a file.

    Args:
        path: the file, or the name of one in ``shipped``, without its ending; a folder of that name
            is not in its way.
        shipped: folder of the project's own.
        argument: what errors call ``path``.

    Raises:
        InvalidInputError: if there is no such file, or it is not TOML.
    """
    own = shipped / f"{path}.toml"
    file = path if path.is_file() or (path.exists() and not own.is_file()) else own
    if file.is_dir():
        raise InvalidInputError(f"{argument}: must be a TOML file; {path} is a folder")
    if not file.exists():
        names = sorted(each.stem for each in shipped.glob("*.toml"))
        raise InvalidInputError(
            f"{argument}: must be a TOML file or one of {names}; received {str(path)!r}"
        )
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise InvalidInputError(f"{argument}: {path} must be a TOML file; {error}") from error
