"""Tell model servers of a version that is about to be promoted, so that they load it."""

from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from model.bundle.durable import fsync, replace_file
from model.bundle.model_dir import chosen, model_lock
from model.bundle.paths import check_version
from model.bundle.pointer import read_pointer, write_pointer
from model.bundle.serving_config import (
    SERVING_CONFIG,
    read_serving_config,
    widen,
    write_serving_config,
)
from model.errors import InvalidInputError
from model.os_errors import in_words
from model.regular_file import read_regular


class Announcement:
    """Has model servers load a version; nothing that is live changes.

    It becomes the pointer's ``awaited`` version, which the development model server follows, and
    TF Serving's list names it. Promoting it, or anything else, ends that; so does ``withdraw``. Of
    several that are announced the last one counts.

    Args:
        model_dir: ``ROOT/<model-name>``.
        version: one that is there and verifies.

    Raises:
        InvalidInputError: if ``version`` is none.
    """

    def __init__(self, model_dir: Path, version: str | int) -> None:
        self.version = check_version(version)
        self._model_dir = model_dir
        self._begun = False
        self._list_before: bytes | None = None
        self._named_before = frozenset[int]()

    def begin(self) -> None:
        """Announce it.

        Raises:
            InvalidInputError: if the version is not there, or a file cannot be written.
            BundleError: if the version does not verify, or the pointer cannot be read.
            CheckFailedError: if another process holds the lock for too long.
        """
        chosen(self._model_dir, self.version)
        with model_lock(self._model_dir):
            old = read_pointer(self._model_dir)
            if old is None:  # the development model server serves every version then
                self._name_first()
            elif old.awaited == self.version:  # a killed process may have left it
                self._begun = True
            elif int(self.version) not in old.versions:
                self._begun = True
                write_pointer(self._model_dir, replace(old, awaited=self.version))

    def withdraw(self) -> None:
        """End what was begun, unless the version was promoted or another one announced.

        What was not begun is left alone, and no lock is waited for.

        Raises:
            InvalidInputError: if a file cannot be written.
            BundleError: if the pointer cannot be read.
            CheckFailedError: if another process holds the lock for too long.
        """
        if not self._begun or not self._stands():
            return
        with model_lock(self._model_dir):
            old = read_pointer(self._model_dir)
            if old is None:
                self._name_no_more()
            elif old.awaited == self.version:
                write_pointer(self._model_dir, replace(old, awaited=None))
        self._begun = False

    def _stands(self) -> bool:
        pointer = read_pointer(self._model_dir)
        return pointer is None or pointer.awaited == self.version

    def _name_first(self) -> None:
        """Name the version in TF Serving's list, and remember the list."""
        try:
            with suppress(FileNotFoundError):
                self._list_before = read_regular(self._model_dir / SERVING_CONFIG)
            before = read_serving_config(self._model_dir)
            self._named_before = frozenset(before.versions) if before else frozenset()
            if int(self.version) not in self._named_before:
                self._begun = True
                widen(self._model_dir, [int(self.version)])
        except OSError as error:
            raise InvalidInputError(
                f"{self._model_dir}: cannot be written: {in_words(error)}; nothing was promoted"
            ) from error

    def _name_no_more(self) -> None:
        """Put TF Serving's list back, or take the version off it if others have changed it."""
        now = read_serving_config(self._model_dir)
        if now is None or int(self.version) not in now.versions:
            return
        file, left = self._model_dir / SERVING_CONFIG, frozenset(now.versions) - {int(self.version)}
        try:
            if left == self._named_before and self._list_before is not None:
                replace_file(file, self._list_before)
            elif left:
                labels = {key: each for key, each in now.labels.items() if each in left}
                write_serving_config(self._model_dir, left, labels)
            else:
                file.unlink()
                fsync(self._model_dir)
        except OSError as error:
            raise InvalidInputError(
                f"{file}: cannot be written: {in_words(error)}; it names version {self.version}"
            ) from error
