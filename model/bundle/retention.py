"""Remove old versions and old candidates: each whole or not at all."""

import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path

from model.bundle.candidate import CANDIDATES, folders, remove_unfinished
from model.bundle.durable import fsync
from model.bundle.lock import FileLock
from model.bundle.model_dir import model_lock
from model.bundle.paths import model_folder, resolved, versions
from model.bundle.pointer import read_pointer
from model.bundle.staging import REMOVED, remove_leftovers
from model.bundle.stamp import STAMPS
from model.errors import InvalidInputError
from model.os_errors import in_words


@dataclass(frozen=True)
class Retention:
    """What was removed, and what stays.

    Attributes:
        removed: versions, oldest first.
        kept: versions, oldest first.
        undeleted: hidden folders whose files could not be deleted; the next run tries again.
    """

    removed: tuple[str, ...]
    kept: tuple[str, ...]
    undeleted: tuple[str, ...] = ()


def retain(root: Path, name: str, keep: int) -> Retention:
    """Keep the newest versions, and whatever the pointer names; remove the others.

    A version that goes is renamed to a hidden name first, so that it is there whole or not at all,
    and then deleted. What a killed process left is deleted by the next run, of this, of an export
    or of ``publish``. The highest version always stays: no number is given twice.

    Args:
        root: the release root.
        name: of the model.
        keep: how many of the newest versions stay; the live, the previous, the canary and an
            awaited version stay beside them, however old.

    Raises:
        InvalidInputError: if ``keep`` is less than 1, the folder is not there, or a version cannot
            be renamed; that one and the newer ones are as they were.
        BundleError: if the pointer cannot be read: nothing is removed then.
        CheckFailedError: if another process holds the model's lock.
    """
    if isinstance(keep, bool) or not isinstance(keep, int) or keep < 1:
        raise InvalidInputError(f"keep: must be a number of at least 1; received {keep!r}")
    model_dir = model_folder(root, name)
    if not model_dir.is_dir():
        raise InvalidInputError(f"{model_dir}: there is no such folder, and so no version in it")
    removed: list[Path] = []
    try:
        with model_lock(model_dir):
            remove_leftovers(model_dir)
            there = versions(model_dir)
            pointer = read_pointer(model_dir)
            stay = set(there[-keep:]) | (pointer.versions if pointer else set())
            gone = [version for version in there if version not in stay]
            for version in gone:
                hidden = model_dir / f"{REMOVED}{version}-{secrets.token_hex(4)}"
                (model_dir / str(version)).rename(hidden)
                removed.append(hidden)
            fsync(model_dir)
            for version, hidden in zip(gone, removed, strict=True):
                shutil.rmtree(hidden, ignore_errors=True)
                (model_dir / STAMPS / f"{version}.json").unlink(missing_ok=True)
    except OSError as error:
        raise InvalidInputError(
            f"{model_dir}: old versions cannot be removed ({in_words(error)}); "
            f"{len(removed)} were, and what the pointer names stays. Run this again"
        ) from error
    left = tuple(hidden.name for hidden in removed if hidden.exists())
    kept = tuple(str(version) for version in there if version in stay)
    return Retention(tuple(map(str, gone)), kept, left)


def retain_candidates(root: Path, keep: int) -> tuple[str, ...]:
    """Keep a root's newest candidates and those that somebody holds; returns the others' ids.

    Args:
        root: the release root.
        keep: how many of the newest stay, published ones among them.

    Raises:
        InvalidInputError: if ``keep`` is less than 0, or a candidate cannot be removed.
        CheckFailedError: if another process holds the lock of the candidates.
    """
    if isinstance(keep, bool) or not isinstance(keep, int) or keep < 0:
        raise InvalidInputError(f"keep: must be a number of at least 0; received {keep!r}")
    parent = resolved(root) / CANDIDATES
    if not parent.is_dir():
        return ()
    try:
        with FileLock(parent / ".lock"):
            gone = remove_unfinished(root)
            there = folders(root)
            for folder in there[: max(len(there) - keep, 0)]:
                lock = FileLock(folder / "lock")
                if not lock.try_acquire():
                    continue
                try:
                    hidden = folder.rename(parent / f"{REMOVED}{folder.name}")
                finally:
                    lock.release()
                shutil.rmtree(hidden, ignore_errors=True)
                gone.append(folder.name)
            fsync(parent)
    except OSError as error:
        raise InvalidInputError(
            f"{parent}: old candidates cannot be removed ({in_words(error)}). Run this again"
        ) from error
    return tuple(gone)
