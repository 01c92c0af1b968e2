"""Read a file that another may have put anything in the place of."""

import errno
import os
import stat
from pathlib import Path


def read_regular(path: Path, most: int = -1) -> bytes:
    """Read a file, and never wait for one: a pipe that nobody writes to would hold its reader for ever.

    Args:
        path: the file.
        most: so many bytes of it; all of them by default.

    Raises:
        OSError: if it cannot be read or is no regular file.
    """
    with open(path, "rb", opener=_open) as file:
        return file.read(most)


def _open(path: str, flags: int) -> int:
    number = os.open(path, flags | os.O_NONBLOCK | os.O_NOCTTY)
    mode = os.fstat(number).st_mode
    if stat.S_ISREG(mode):
        return number
    os.close(number)
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), path)
    raise OSError("must be a regular file; it is a pipe, a device or the like")
