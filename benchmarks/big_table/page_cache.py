"""Make a table cold."""

import os
from pathlib import Path


def drop_pages(folder: Path) -> None:
    """Let the system forget the files of a folder, but for pages that a process has mapped."""
    for path in folder.rglob("*"):
        if path.is_file():
            descriptor = os.open(path, os.O_RDONLY)
            try:
                os.fsync(descriptor)
                os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
            finally:
                os.close(descriptor)
