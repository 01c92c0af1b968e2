"""The version directories below a base path."""

import os
import re
from dataclasses import dataclass
from pathlib import Path

_VERSION = re.compile(r"[1-9][0-9]*")
_LARGEST = 2**63 - 1


@dataclass(frozen=True, slots=True)
class VersionFolder:
    """One version directory; ``identity`` changes when the directory is another one."""

    version: int
    path: Path
    identity: tuple[int, ...]


def version_folders(base_path: Path) -> dict[int, VersionFolder]:
    """List the directories named by a positive integer; links and everything else are passed over.

    Raises:
        OSError: if the base path cannot be read.
    """
    found = {}
    with os.scandir(base_path) as entries:
        for entry in entries:
            if not _VERSION.fullmatch(entry.name) or not entry.is_dir(follow_symlinks=False):
                continue
            version = int(entry.name)
            if version <= _LARGEST:
                path = Path(entry.path)
                found[version] = VersionFolder(version, path, _identity(path))
    return found


def _identity(path: Path) -> tuple[int, ...]:
    identity: list[int] = []
    for part in (path, path / "saved_model.pb"):
        try:
            status = part.lstat()
        except OSError:
            continue
        identity += [status.st_ino, status.st_mtime_ns, status.st_size]
    return tuple(identity)
