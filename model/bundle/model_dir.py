"""What every change of the pointer begins with: the folder, the lock, a version that verifies."""

from pathlib import Path

from model.bundle.bundle import Bundle
from model.bundle.lock import FileLock
from model.bundle.paths import bundle_folder, check_version, versions
from model.errors import BundleError, InvalidInputError

LOCK = ".lock"


def model_lock(model_dir: Path, wait_seconds: float = 10.0) -> FileLock:
    """Take turns with every other process that changes the pointer or adds a version."""
    return FileLock(model_dir / LOCK, wait_seconds)


def require_folder(model_dir: Path) -> None:
    """Go on only if the model has a folder.

    Raises:
        InvalidInputError: if it has none.
    """
    if not model_dir.is_dir():
        raise InvalidInputError(f"{model_dir}: there is no such folder, and so no version in it")


def checked(model_dir: Path, version: str) -> Bundle:
    """Open a version, which checks it.

    Raises:
        BundleError: if it is not there, does not verify, or is a bundle of another model.
    """
    folder = bundle_folder(model_dir.parent, model_dir.name, version)
    if not folder.exists():
        raise BundleError(absent(model_dir, version))
    bundle = Bundle.open(folder)
    if bundle.name != model_dir.name:
        raise BundleError(
            f"{folder}: must be a bundle of {model_dir.name!r}; its manifest says {bundle.name!r}"
        )
    return bundle


def chosen(model_dir: Path, version: str | int) -> str:
    """Check the version that a person or a job has chosen, and return its digits.

    Raises:
        InvalidInputError: if it is no version or is not there.
        BundleError: if it does not verify.
    """
    digits = check_version(version)
    require_folder(model_dir)
    if not bundle_folder(model_dir.parent, model_dir.name, digits).exists():
        raise InvalidInputError(absent(model_dir, digits))
    checked(model_dir, digits)
    return digits


def absent(model_dir: Path, version: str) -> str:
    """Say that there is no such version, and which there are."""
    there = ", ".join(map(str, versions(model_dir))) or "none"
    return f"{model_dir / version}: there is no version {version}; there: {there}"
