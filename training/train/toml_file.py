"""TOML files that a command takes by path, or by name where the project ships them."""

import tomllib
from collections.abc import Mapping
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


def read_layered(path: Path, shipped: Path, above: tuple[Path, ...] = ()) -> dict[str, Any]:
    """Read a file that may say ``like = "another"``: then it is ``put_over`` that one.

    Args:
        path: as ``read_toml``.
        shipped: as ``read_toml``.
        above: the files that led here.

    Raises:
        InvalidInputError: as ``read_toml``, or if ``like`` is no other file's name or path.
    """
    document = read_toml(path, shipped, f"config: {above[-1]}: like" if above else "config")
    like = document.pop("like", None)
    if like is None:
        return document
    beside = path.parent / like if isinstance(like, str) else path
    other = beside if beside.is_file() else Path(str(like))
    if not isinstance(like, str) or other in (*above, path):
        raise InvalidInputError(
            f"config: {path}: like must be the name or the path of another file, from the folder "
            f"of this one; received {like!r}"
        )
    return put_over(read_layered(other, shipped, (*above, path)), document)


def put_over(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Put a table over another, key by key, and what is a table in both in the same way.

    One with another ``name`` or ``config`` is of another thing and takes nothing from below.
    """
    if any(key in above and above[key] != below.get(key, above[key]) for key in ("name", "config")):
        return dict(above)
    tables = {
        key: put_over(below[key], value)
        for key, value in above.items()
        if isinstance(value, Mapping) and isinstance(below.get(key), Mapping)
    }
    return {**below, **above, **tables}
