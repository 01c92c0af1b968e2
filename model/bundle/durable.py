"""Writes that are on the disk, whole, before they are seen."""

import os
import secrets
from pathlib import Path


def fsync(path: Path) -> None:
    """Wait until a file's or folder's content is on the disk."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def fsync_tree(folder: Path) -> None:
    """Wait until every file and folder below ``folder``, and ``folder`` itself, is on the disk."""
    for parent, _, names in os.walk(folder, topdown=False):
        for name in names:
            fsync(Path(parent, name))
        fsync(Path(parent))


def replace_file(path: Path, data: bytes, beside: Path | None = None) -> None:
    """Write a file so that a reader, or a power cut, finds the old content or the new, whole.

    The bytes go to a hidden file, which is synchronised, renamed over ``path``, and its folder
    synchronised.

    Args:
        path: the file.
        data: its new content.
        beside: folder of the hidden file, in the file system of ``path``; by default that of
            ``path``. A killed process leaves it there.

    Raises:
        OSError: if the disk is full or the folder read-only; ``path`` is then as it was.
    """
    temporary = (beside or path.parent) / (f".{path.name}.{os.getpid()}-{secrets.token_hex(4)}.tmp")
    try:
        with temporary.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    fsync(path.parent)
