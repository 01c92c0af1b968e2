"""An output folder that is there whole or not at all."""

import fcntl
import os
import shutil
from pathlib import Path
from types import TracebackType
from typing import Self

from training.writing import WritingError

CARD = "data_card.json"


class StagedFolder:
    """Collects output in a hidden folder beside ``out``; renames it at the end.

    With ``with``: files are written under ``path``; leaving without an error puts the folder in
    place, leaving with one removes it. A process that was killed leaves the hidden folder; the next
    one removes it. The folder is locked while it is written, so two processes never share it.

    Args:
        out: where the folder is to be.
        overwrite: replace prepared data that is there.

    Raises:
        WritingError: if ``out`` is not empty (or, with ``overwrite``, holds anything but
            prepared data), or another process is writing it.
    """

    def __init__(self, out: Path, overwrite: bool = False) -> None:
        self.out = Path(out).resolve()
        if not self.out.name:
            raise WritingError(f"out: must be a folder that can be made; received {out}")
        self.path = self.out.with_name(f".{self.out.name}.partial")
        self._replaced = self.out.with_name(f".{self.out.name}.replaced")
        self._overwrite = overwrite
        self._lock = -1

    def __enter__(self) -> Self:
        self._check_out()
        try:
            self.out.parent.mkdir(parents=True, exist_ok=True)
            self._acquire()
        except OSError as error:
            raise WritingError(
                f"out: must be a folder that can be written; {self.out.parent}: {error.strerror}"
            ) from error
        if self._replaced.exists():  # A process was killed between two renames.
            if self.out.exists():
                shutil.rmtree(self._replaced)
            else:
                self._replaced.rename(self.out)
        _clear(self.path)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if kind is None:
                self._commit()
        finally:
            if self.path.exists():
                shutil.rmtree(self.path, ignore_errors=True)
            os.close(self._lock)

    def _check_out(self) -> None:
        if not self.out.exists():
            return
        if not self.out.is_dir():
            raise WritingError(f"out: must be a folder; {self.out} is a file")
        if not any(self.out.iterdir()):
            return
        if not self._overwrite:
            raise WritingError(
                f"out: must be new or empty; {self.out} is not (--overwrite replaces prepared data)"
            )
        if not (self.out / CARD).is_file():
            raise WritingError(
                f"out: --overwrite replaces prepared data only; {self.out} has no {CARD}"
            )

    def _acquire(self) -> None:
        while True:
            self.path.mkdir(exist_ok=True)
            lock = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if self.path.exists() and os.path.samestat(os.fstat(lock), self.path.stat()):
                    self._lock = lock
                    return
            except BlockingIOError:
                os.close(lock)
                raise WritingError(
                    f"out: another process is writing {self.out} now; wait, or take another folder"
                ) from None
            os.close(lock)

    def _commit(self) -> None:
        for folder, _, files in os.walk(self.path):
            for name in files:
                _sync(Path(folder) / name)
            _sync(Path(folder))
        self._check_out()
        replacing = self.out.exists() and any(self.out.iterdir())
        if replacing:
            self.out.rename(self._replaced)
        self.path.rename(self.out)
        _sync(self.out.parent)
        if replacing:
            shutil.rmtree(self._replaced)


def _clear(folder: Path) -> None:
    for entry in folder.iterdir():
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
