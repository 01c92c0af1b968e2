"""Does a bundle hold the bytes that its manifest says?"""

import os
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from model.bundle.file_digest import check_part
from model.bundle.manifest import GATES, MANIFEST, UNLISTED, Manifest
from model.bundle.sealed_json import read_sealed
from model.errors import BundleError

Part = tuple[Path, int, int, str]
_THREADS = min(4, os.cpu_count() or 1)


def check_names(folder: Path, manifest: Manifest, files: Mapping[str, os.stat_result]) -> None:
    """Check that a folder holds the manifest's files, of their sizes, and no others.

    Raises:
        BundleError: naming the first file that is missing, unknown or of another size.
    """
    for name in sorted(manifest.files.keys() - files.keys()):
        raise BundleError(f"{folder / name}: the manifest lists it, and it is missing")
    for name in sorted(files.keys() - manifest.files.keys() - UNLISTED):
        raise BundleError(f"{folder / name}: the manifest does not list it")
    for name, digest in manifest.files.items():
        if files[name].st_size != digest.size:
            raise BundleError(
                f"{folder / name}: must have {digest.size:,} bytes; it has {files[name].st_size:,}"
            )


def check_gates(folder: Path, manifest_digest: str) -> None:
    """Check that the gates' record, if there is one, was sealed for this very bundle.

    Raises:
        BundleError: if it was altered or belongs to another manifest.
    """
    if (folder / GATES).exists() and read_sealed(folder / GATES).get("manifest") != manifest_digest:
        raise BundleError(f"{folder / GATES}: belongs to another {MANIFEST}")


def _parts(folder: Path, manifest: Manifest, full: bool) -> list[Part]:
    parts = []
    for name, digest in sorted(manifest.files.items()):
        of_file = digest.parts(manifest.chunk_bytes)
        if not full and len(of_file) > 1:
            of_file = [of_file[0], of_file[-1]]
        parts += [(folder / name, *part) for part in of_file]
    return parts


def check_bytes(
    folder: Path,
    manifest: Manifest,
    full: bool,
    advance: Callable[[int], None] | None = None,
) -> None:
    """Check digests, several files at a time.

    Args:
        folder: of the bundle.
        manifest: of the bundle, itself already checked.
        full: every byte; otherwise every file of one chunk, and the first and last chunk of bigger
            ones.
        advance: is told how many bytes are done, if given.

    Raises:
        BundleError: naming the first file, in alphabetical order, that was altered.
    """

    def check(part: Part) -> int:
        check_part(*part)
        return part[2]

    done = 0
    with ThreadPoolExecutor(_THREADS, thread_name_prefix="digest") as pool:
        for length in pool.map(check, _parts(folder, manifest, full)):
            done += length
            if advance is not None:
                advance(done)
