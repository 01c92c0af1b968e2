"""A lock that a process holds on a file and loses when it dies, however it dies."""

import fcntl
import os
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from model.errors import CheckFailedError, InvalidInputError

_RETRY_SECONDS = 0.01


class FileLock:
    """Hold ``flock`` on a file; the kernel frees it when the process ends, also by ``kill -9``.

    Args:
        path: the lock file; created if absent, never removed by this class.
        wait_seconds: how long to wait for another holder; 0 asks once.

    Raises:
        InvalidInputError: if the file cannot be opened.
        CheckFailedError: on entering, if another process still holds it after ``wait_seconds``.
    """

    def __init__(self, path: Path, wait_seconds: float = 10.0) -> None:
        self.path = path
        self.wait_seconds = wait_seconds
        self._descriptor: int | None = None

    def try_acquire(self) -> bool:
        """Take the lock if it is free; tells whether it was."""
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        try:
            descriptor = os.open(self.path, flags, 0o644)
        except OSError as error:
            raise InvalidInputError(f"{self.path}: cannot be locked: {error.strerror}") from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return False
        except OSError as error:
            os.close(descriptor)
            raise InvalidInputError(f"{self.path}: cannot be locked: {error.strerror}") from error
        self._descriptor = descriptor
        return True

    def release(self) -> None:
        """Free the lock; does nothing if it is not held."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def __enter__(self) -> Self:
        deadline = time.monotonic() + self.wait_seconds
        while not self.try_acquire():
            if time.monotonic() >= deadline:
                raise CheckFailedError(
                    f"{self.path}: another process has held this lock for {self.wait_seconds:g} s; "
                    "wait for it to end, then run this again"
                )
            time.sleep(_RETRY_SECONDS)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()
