"""Writing a small file so that a reader finds the old one or the new one."""

import os
from pathlib import Path


def write_whole(path: Path, text: str) -> None:
    """Write ``text`` beside ``path``, flush it to the disk and rename it.

    Raises:
        OSError: if it cannot be written; ``path`` is as it was.
    """
    staged = path.with_name(f".{path.name}.new")
    try:
        with staged.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        staged.replace(path)
    except OSError:
        staged.unlink(missing_ok=True)
        raise
