"""Make a version live, and go back."""

from pathlib import Path

from model.bundle.bundle import Bundle
from model.bundle.lock import FileLock
from model.bundle.paths import bundle_folder, check_version, versions
from model.bundle.pointer import Pointer, read_pointer, write_pointer
from model.errors import BundleError, CheckFailedError, InvalidInputError

LOCK = ".lock"


def model_lock(model_dir: Path) -> FileLock:
    """Take turns with every other process that changes the pointer or adds a version."""
    return FileLock(model_dir / LOCK)


def _checked(model_dir: Path, version: str) -> Bundle:
    folder = bundle_folder(model_dir.parent, model_dir.name, version)
    if not folder.exists():
        raise BundleError(_absent(model_dir, version))
    bundle = Bundle.open(folder)
    if bundle.name != model_dir.name:
        raise BundleError(
            f"{folder}: must be a bundle of {model_dir.name!r}; its manifest says {bundle.name!r}"
        )
    return bundle


def _require_folder(model_dir: Path) -> None:
    if not model_dir.is_dir():
        raise InvalidInputError(f"{model_dir}: there is no such folder, and so no version in it")


def _absent(model_dir: Path, version: str) -> str:
    there = ", ".join(map(str, versions(model_dir))) or "none"
    return f"{model_dir / version}: there is no version {version}; there: {there}"


def checked_version(model_dir: Path, version: str | int) -> Bundle:
    """Open a version that is to be served.

    Raises:
        InvalidInputError: if ``version`` is none or is not there.
        BundleError: if it does not verify.
    """
    digits = check_version(version)
    _require_folder(model_dir)
    if not bundle_folder(model_dir.parent, model_dir.name, digits).exists():
        raise InvalidInputError(_absent(model_dir, digits))
    return _checked(model_dir, digits)


def promote(model_dir: Path, version: str | int) -> Pointer:
    """Make a version the live one; the live one becomes the previous, and a canary ends.

    Promoting the live version changes nothing.

    Args:
        model_dir: ``ROOT/<model-name>``.
        version: one that is there and verifies.

    Returns:
        The pointer that now stands.

    Raises:
        InvalidInputError: if ``version`` is none or is not there, or the pointer cannot be written.
        BundleError: if the version does not verify, or the pointer cannot be read.
    """
    digits = check_version(version)
    checked_version(model_dir, digits)
    with model_lock(model_dir):
        if not (model_dir / digits).is_dir():  # removed by retention since
            raise InvalidInputError(_absent(model_dir, digits))
        old = read_pointer(model_dir)
        if old is not None and old.current == digits:
            return old
        pointer = Pointer(digits, old.current if old else None)
        write_pointer(model_dir, pointer)
    return pointer


def rollback(model_dir: Path) -> Pointer:
    """Go back to the previous version; the live one becomes the previous, and a canary ends.

    Args:
        model_dir: ``ROOT/<model-name>``.

    Returns:
        The pointer that now stands.

    Raises:
        InvalidInputError: if the folder is not there, or the pointer cannot be written.
        CheckFailedError: if there is no previous version.
        BundleError: if the previous version is not there or does not verify, or the pointer cannot
            be read.
    """
    _require_folder(model_dir)
    before = read_pointer(model_dir)
    if before is None or before.previous is None:
        live = f"version {before.current} is live" if before else "nothing is live"
        raise CheckFailedError(
            f"{model_dir}: there is no previous version to go back to; {live}. "
            "dynint promote makes a version live"
        )
    _checked(model_dir, before.previous)
    with model_lock(model_dir):
        old = read_pointer(model_dir)
        if old != before:
            raise CheckFailedError(
                f"{model_dir}: the pointer was changed by another process meanwhile; run this again"
            )
        pointer = Pointer(before.previous, before.current)
        write_pointer(model_dir, pointer)
    return pointer
