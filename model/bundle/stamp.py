"""The stamp that a full verification leaves, so that loading need not read every byte again.

The stamp of ``ROOT/<name>/7/`` is ``ROOT/<name>/.stamps/7.json``: beside the bundle and not inside,
so that a bundle never changes after it is sealed and a copied folder carries no claim about its
copy. It holds the manifest's digest and, of every file, size, modification time and inode change
time in nanoseconds. It is void as soon as one of them differs: an edit, a copy, a restored backup
or a touched file all void it, and a change time, unlike a modification time, cannot be set back. A
void stamp is no fault: the bundle is then read in full.

What a stamp cannot see is a bit that rots on the disk under an unchanged inode. So loading also
checks the digests of all small files and of both ends of the big ones, each time; ``dynint verify``
never trusts a stamp.
"""

import os
from collections.abc import Mapping
from pathlib import Path

from model.bundle.manifest import utc_now
from model.bundle.sealed_json import read_sealed, write_sealed
from model.errors import BundleError

STAMPS = ".stamps"


def stamp_path(bundle: Path, model_dir: Path | None = None) -> Path:
    """Find the stamp of a bundle's folder, in ``model_dir`` or else beside the bundle."""
    return (model_dir or bundle.parent) / STAMPS / f"{bundle.name}.json"


def _statuses(files: Mapping[str, os.stat_result]) -> dict[str, list[int]]:
    return {
        name: [status.st_size, status.st_mtime_ns, status.st_ctime_ns]
        for name, status in files.items()
    }


def write_stamp(path: Path, manifest_digest: str, files: Mapping[str, os.stat_result]) -> None:
    """Record that these files were verified in full."""
    path.parent.mkdir(exist_ok=True)
    write_sealed(
        path,
        {"manifest": manifest_digest, "files": _statuses(files), "verified": utc_now()},
    )


def stamp_is_valid(path: Path, manifest_digest: str, files: Mapping[str, os.stat_result]) -> bool:
    """Tell whether a full verification of exactly these files is on record."""
    try:
        content = read_sealed(path)
    except BundleError:
        return False
    return content.get("manifest") == manifest_digest and content.get("files") == _statuses(files)
