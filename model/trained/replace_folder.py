"""Writing a folder so that a reader finds the whole of it or nothing."""

import ctypes
import glob
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

AT_FDCWD = -100
RENAME_EXCHANGE = 2
ASIDE = ".old"


@contextmanager
def replace_folder(path: Path) -> Iterator[Path]:
    """Fill a folder beside ``path``, then put it in the place of ``path``.

    Yields the folder to fill. When the block ends well its files are flushed to the disk and it
    takes the name ``path``; a folder that was there changes names with it in one step and is then
    deleted. (Where the system cannot exchange two names, the old folder is renamed first and for a
    moment nothing is called ``path``.) When the block fails or the process dies, ``path`` is as it
    was.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    staged = Path(tempfile.mkdtemp(prefix=f".{path.name}.", dir=path.parent))
    staged.chmod(0o755)
    try:
        yield staged
        for file in staged.iterdir():
            _flush(file)
        _flush(staged)
        if path.exists():
            _exchange(staged, path)
        else:
            staged.rename(path)
        _flush(path.parent)
    finally:
        shutil.rmtree(staged, ignore_errors=True)


def clear_leftovers(path: Path) -> None:
    """Remove what processes that were killed in ``replace_folder`` left beside ``path``.

    Where nothing is called ``path`` because one was killed between two renames, the folder that was
    to take the name, which is whole by then, takes it now. Call it only while no process writes
    ``path``.

    Raises:
        OSError: if a folder cannot be renamed or removed.
    """
    left = f".{glob.escape(path.name)}.*"
    for aside in sorted(path.parent.glob(f"{left}{ASIDE}")):
        staged = aside.with_name(aside.name.removesuffix(ASIDE))
        if not path.exists():
            (staged if staged.is_dir() else aside).rename(path)
            _flush(path.parent)
    for folder in path.parent.glob(left):
        if folder.is_dir() and not folder.is_symlink():
            shutil.rmtree(folder)


def _exchange(staged: Path, path: Path) -> None:
    rename = getattr(ctypes.CDLL(None), "renameat2", None)
    names = os.fsencode(staged), os.fsencode(path)
    if rename and rename(AT_FDCWD, names[0], AT_FDCWD, names[1], RENAME_EXCHANGE) == 0:
        return
    aside = staged.with_name(f"{staged.name}{ASIDE}")
    path.rename(aside)
    staged.rename(path)
    aside.rename(staged)


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
