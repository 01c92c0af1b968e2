"""Where a bundle is written before it becomes a version."""

import secrets
import shutil
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from model.bundle.bundle import Bundle
from model.bundle.durable import fsync, fsync_tree
from model.bundle.lock import FileLock
from model.bundle.model_dir import model_lock
from model.bundle.paths import model_folder, versions
from model.bundle.pointer import read_pointer
from model.bundle.stamp import STAMPS
from model.errors import BundleError, InvalidInputError
from model.os_errors import in_words

PREFIX = ".staging-"
REMOVED = ".removed-"
"""What ``model.bundle.retention`` takes away has this name while it is deleted."""


class Staging:
    """A hidden folder beside the versions, in their file system, renamed when it is complete.

    ``ROOT/<name>/.staging-<random>/<version>/`` is the bundle's folder; ``.staging-<random>/lock``
    is held (``flock``) by the process that writes, so that the next run can tell a dead process's
    leftovers, whatever killed it, and remove them. TensorFlow Serving and gateways look at folders
    named by a number only: until the one rename of ``commit`` there is nothing for them to see.

    Use as a context: what was not committed is removed at its end.

    Args:
        root: the release root; created if absent.
        name: the model's name.

    Raises:
        InvalidInputError: in place of an ``OSError``, such as that of a full disk.
        CheckFailedError: if another process holds the model's lock.
    """

    def __init__(self, root: Path, name: str) -> None:
        self.model_dir = model_folder(root, name)
        self.folder = self.model_dir  # until entered
        self._held = ExitStack()
        self._version: Path | None = None  # once it is committed

    def __enter__(self) -> Self:
        try:
            self.model_dir.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise self._refusal(error) from error
        with model_lock(self.model_dir):
            remove_leftovers(self.model_dir)
            outer = self.model_dir / f"{PREFIX}{secrets.token_hex(8)}"
            outer.mkdir()
            self._held.callback(shutil.rmtree, outer, ignore_errors=True)
            self._held.enter_context(FileLock(outer / "lock", wait_seconds=0))
            self.folder = outer / str(next_version(self.model_dir))
            self.folder.mkdir()
        return self

    def commit(self, bundle: Bundle) -> Path:
        """Make a staged bundle a version: synchronise it, rename it, synchronise its new parent.

        Args:
            bundle: as opened, in full, from ``folder``; its stamp is written for its new place.

        Returns:
            ``ROOT/<name>/<version>``, where the version is one more than any there is or was live.

        Raises:
            BundleError: if ``bundle`` is not the one staged here.
        """
        if bundle.path.resolve() != self.folder.resolve():
            raise BundleError(f"{bundle.path}: must be the bundle staged in {self.folder}")
        fsync_tree(self.folder)
        with model_lock(self.model_dir):
            version = str(next_version(self.model_dir))
            if version != self.folder.name:
                self.folder = self.folder.rename(self.folder.with_name(version))
            final = self.model_dir / version
            Bundle.open(self.folder).stamp(self.model_dir)
            self.folder.rename(final)
            self._version = final
            fsync(self.model_dir)
            fsync(self.model_dir.parent)
        return final

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._held.close()
        if isinstance(error, OSError):  # NumPy's has no errno when the disk is full
            raise self._refusal(error) from error

    def _refusal(self, error: OSError) -> InvalidInputError:
        if self._version is not None:
            return InvalidInputError(
                f"{self._version}: is there, and a power cut may undo it ({in_words(error)}); "
                "nothing live has changed"
            )
        return InvalidInputError(
            f"{self.model_dir}: the bundle cannot be written ({in_words(error)}); nothing "
            "was published and nothing live has changed. Is there space, and the right to write?"
        )


def next_version(model_dir: Path) -> int:
    """Choose max + 1 of what is there or in the pointer; not the time, so clocks do not matter."""
    known = versions(model_dir)
    # Anything that a reader could take for a number, such as a file or "007".
    known += [int(entry.name) for entry in model_dir.iterdir() if entry.name.isdecimal()]
    pointer = read_pointer(model_dir)
    if pointer is not None:
        known += pointer.versions
    return max(known, default=0) + 1


def remove_leftovers(model_dir: Path) -> None:
    """Remove what dead processes left half-written; callers hold ``model_lock``."""
    for outer in model_dir.glob(f"{PREFIX}*"):
        lock = FileLock(outer / "lock")
        if not (outer / "lock").exists() or lock.try_acquire():
            shutil.rmtree(outer, ignore_errors=True)
            lock.release()
    for pattern in (".*.tmp", f"{STAMPS}/.*.tmp"):  # of durable.replace_file
        for temporary in model_dir.glob(pattern):
            temporary.unlink(missing_ok=True)
    for removed in model_dir.glob(f"{REMOVED}*"):
        shutil.rmtree(removed, ignore_errors=True)
