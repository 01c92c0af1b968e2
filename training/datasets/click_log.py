"""A log of clicks beside a log of impressions."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from model.errors import InvalidInputError
from training.datasets.byte_blocks import read_blocks


@dataclass(frozen=True, slots=True)
class ClickLog:
    """Which impressions were clicked.

    Args:
        key: the column of the impressions that tells them apart.
        ids: its values that were clicked.
        files: the names of the files they come from.
    """

    key: str
    ids: frozenset[str] = field(repr=False)
    files: tuple[str, ...] = ()


def read_clicks(paths: Sequence[Path], key: str, separator: str) -> ClickLog:
    """Read the first column of logs of clicks, plain or compressed; memory follows the clicks.

    Raises:
        InvalidInputError: if a file cannot be read, or a first column is empty or no UTF-8.
        FileNotFoundError: if there is no such file.
    """
    ids: set[str] = set()
    parted = separator.encode()
    for path in paths:
        if path.is_dir():
            raise InvalidInputError(f"clicks: must be files; {path} is a folder")
        for block in read_blocks(path):
            for place, line in enumerate(block.data.split(b"\n")[:-1]):
                if line:
                    ids.add(_first(line, parted, f"{path}:{block.first_line + place}"))
    return ClickLog(key, frozenset(ids), tuple(path.name for path in paths))


def _first(line: bytes, separator: bytes, where: str) -> str:
    try:
        found = line.partition(separator)[0].decode()
    except UnicodeDecodeError:
        raise InvalidInputError(f"{where}: must be text in UTF-8") from None
    if not found:
        raise InvalidInputError(f"{where}: a click's first column must be an id; received none")
    return found
