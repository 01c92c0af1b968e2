"""Writing a file so that a reader finds the old one or the new one."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO


def write_whole(path: Path, text: str) -> None:
    """Write ``text`` beside ``path``, flush it to the disk and rename it.

    Raises:
        OSError: if it cannot be written; ``path`` is as it was.
    """
    write_whole_bytes(path, lambda file: file.write(text.encode()))


def write_whole_bytes(path: Path, write: Callable[[BinaryIO], object]) -> None:
    """Have ``write`` fill a file beside ``path``, flush it to the disk and rename it.

    Raises:
        OSError: if it cannot be written; ``path`` is as it was.
    """
    staged = path.with_name(f".{path.name}.new")
    try:
        with staged.open("wb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        staged.replace(path)
    except OSError:
        staged.unlink(missing_ok=True)
        raise
