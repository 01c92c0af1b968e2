"""Names and places of releases: nothing outside the root, nothing through a symlink."""

import errno
import os
import re
import stat
from pathlib import Path

from model.errors import BundleError, InvalidInputError

VERSION = re.compile(r"[1-9][0-9]{0,17}", re.ASCII)
"""What a version looks like; 18 digits always fit TF Serving's int64."""

NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}", re.ASCII)
"""What a model's name looks like: one folder, never hidden, never ``..``."""


def check_version(version: str | int) -> str:
    """Return a version as its digits.

    Raises:
        InvalidInputError: if it does not match ``[1-9][0-9]*`` or has more than 18 digits.
    """
    text = str(version)
    if isinstance(version, bool) or not VERSION.fullmatch(text):
        raise InvalidInputError(
            f"version: must match [1-9][0-9]* and have 18 digits at most; received {text[:40]!r}"
        )
    return text


def resolved(folder: Path) -> Path:
    """Follow the symlinks that lead to a folder; it need not exist.

    Raises:
        InvalidInputError: if they lead in a circle.
    """
    try:
        folder.stat()
    except OSError as error:  # before ``resolve``: not every Python's tells a circle
        if error.errno == errno.ELOOP:
            raise InvalidInputError(
                f"{folder}: must lead to a folder; its symlinks lead in a circle"
            ) from None
    return folder.resolve()


def model_folder(root: Path, name: str) -> Path:
    """Find the folder of one model's releases below a release root; it need not exist.

    Raises:
        InvalidInputError: if ``name`` is not a plain name, or ``root`` is a circle of symlinks.
        BundleError: if the folder is a symlink.
    """
    if not NAME.fullmatch(name):
        raise InvalidInputError(
            "name: must be letters, digits, '_', '-' and '.', not starting with '.' or '-'; "
            f"received {name[:40]!r}"
        )
    folder = resolved(root) / name
    if folder.is_symlink():
        raise BundleError(f"{folder}: symlinks are refused in a release root")
    return folder


def bundle_folder(root: Path, name: str, version: str | int) -> Path:
    """Find the folder of one version; it need not exist.

    Raises:
        InvalidInputError: if ``name`` or ``version`` is malformed, or ``root`` is a circle of
            symlinks.
        BundleError: if a part of the path below ``root`` is a symlink.
    """
    folder = model_folder(root, name) / check_version(version)
    if folder.is_symlink():
        raise BundleError(f"{folder}: symlinks are refused in a release root")
    return folder


def versions(model_dir: Path) -> list[int]:
    """List the versions in a model's folder, oldest first; empty if there are none."""
    try:
        entries = list(os.scandir(model_dir))
    except FileNotFoundError:
        return []
    return sorted(
        int(entry.name)
        for entry in entries
        if VERSION.fullmatch(entry.name) and entry.is_dir(follow_symlinks=False)
    )


def regular_files(folder: Path) -> dict[str, os.stat_result]:
    """List every file below a folder: relative path with ``/`` -> its status.

    Raises:
        BundleError: for a symlink, a device, a pipe or an empty folder, and if ``folder`` is none.
    """
    found: dict[str, os.stat_result] = {}

    def walk(parent: Path, prefix: str) -> None:
        entries = sorted(os.scandir(parent), key=lambda entry: entry.name)
        if not entries:
            raise BundleError(f"{parent}: an empty folder does not belong in a bundle")
        for entry in entries:
            status = entry.stat(follow_symlinks=False)
            name = prefix + entry.name
            if stat.S_ISDIR(status.st_mode):
                walk(Path(entry.path), f"{name}/")
            elif stat.S_ISREG(status.st_mode):
                found[name] = status
            else:
                raise BundleError(
                    f"{entry.path}: only plain files belong in a bundle; symlinks are refused"
                )

    if folder.is_symlink() or not folder.is_dir():
        raise BundleError(f"{folder}: must be the folder of a bundle, not a symlink; found none")
    try:
        walk(folder, "")
    except OSError as error:
        raise BundleError(f"{error.filename}: cannot be read: {error.strerror}") from error
    return found
