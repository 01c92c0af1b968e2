"""One retraining at a time."""

import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from model.bundle.lock import FileLock
from model.errors import BusyError, InvalidInputError
from training.train.whole_file import write_whole

LOCK = ".lock"
OWNER = "owner.json"


@contextmanager
def turn(work: Path) -> Iterator[None]:
    """Hold the lock of a work folder; the kernel frees it however the process ends.

    Raises:
        BusyError: at once, if another process holds it, naming it and how long it has.
        InvalidInputError: if the folder cannot be written.
    """
    try:
        work.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InvalidInputError(f"config: work: {work} cannot be made; {error.strerror}") from error
    lock = FileLock(work / LOCK, wait_seconds=0)
    if not lock.try_acquire():
        raise BusyError(f"{work}: another retraining is at work{_owner(work / OWNER)}")
    try:
        owner = {"pid": os.getpid(), "host": socket.gethostname(), "since": _now().isoformat()}
        write_whole(work / OWNER, json.dumps(owner) + "\n")
        yield
    finally:
        (work / OWNER).unlink(missing_ok=True)
        lock.release()


def _owner(path: Path) -> str:
    try:
        owner = json.loads(path.read_text(encoding="utf-8"))
        age_s = (_now() - datetime.fromisoformat(owner["since"])).total_seconds()
        return (
            f": process {owner['pid']} on {owner['host']}, since {owner['since']} "
            f"({max(age_s, 0):.0f} s)"
        )
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)
