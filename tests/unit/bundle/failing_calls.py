"""``python -m tests.unit.bundle.failing_calls SEED OPERATION fail|kill STEP``: a fault at each call.

Counts the calls of an operation to the file system, as the interpreter and ``os`` see them: open,
write, fsync, rename, mkdir, rmdir, unlink, listing and locking a folder. Then, for each of them in
turn, or for every STEPth, copies the root SEED, forks, and lets that one call fail (ENOSPC or EIO;
a write writes half of its bytes first) or kills the process at it. What is left is judged by
``check_after``.

The parent has no threads, so a fork is a whole process in milliseconds; nothing of the operation is
replaced, and the file system is the real one.
"""

import errno
import io
import itertools
import json
import os
import shutil
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

AUDITED = {
    "open",
    "os.rename",
    "os.mkdir",
    "os.rmdir",
    "os.remove",
    "os.scandir",
    "os.listdir",
    "fcntl.flock",
}


class Fault:
    """Strikes at call number ``at`` below ``root``; at none if that is beyond the last.

    Args:
        root: calls elsewhere are not counted.
        at: number of the call, from 0.
        kill: whether to kill the process, or else to let the call fail.
    """

    def __init__(self, root: Path, at: int, kill: bool) -> None:
        self.calls = 0
        self.struck = ""
        self._root = os.fsencode(root)
        self._at = at
        self._kill = kill
        self._lock = threading.Lock()

    def install(self) -> None:
        """Count from now on, to the end of this process."""
        real_fsync, real_open = os.fsync, io.open
        sys.addaudithook(self._audited)

        def fsync(descriptor: int) -> None:
            self._count("fsync")
            real_fsync(descriptor)

        def opened(path: Any, mode: str = "r", *arguments: Any, **options: Any) -> Any:
            if mode in {"wb", "xb"}:
                return io.BufferedWriter(_Written(self, path, mode))
            return real_open(path, mode, *arguments, **options)

        os.fsync = fsync
        io.open = opened

    def _audited(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event in AUDITED and self._is_below(arguments):
            self._count(event)

    def _is_below(self, arguments: tuple[Any, ...]) -> bool:
        path = arguments[0]
        if isinstance(path, int):  # a descriptor: of the lock, or of a folder that is removed
            return True
        if not isinstance(path, str | bytes | os.PathLike):
            return False
        name = os.fsencode(path)
        return name.startswith(self._root) or not name.startswith(b"/")  # rmtree's are relative

    def _count(self, what: str) -> None:
        if self.strikes(what):
            self.end()

    def strikes(self, what: str) -> bool:
        """Count a call; tells whether it is the one."""
        with self._lock:
            here = self.calls == self._at
            self.calls += 1
            if here:
                self.struck = what
            return here

    def end(self) -> None:
        """Die, or fail.

        Raises:
            OSError: as a full or a broken disk.
        """
        if self._kill:
            os.kill(os.getpid(), signal.SIGKILL)
        number = errno.ENOSPC if self.struck in {"open", "write", "os.mkdir"} else errno.EIO
        raise OSError(number, os.strerror(number))


class _Written(io.FileIO):
    """A file of which one write does half its work and then fails or kills."""

    def __init__(self, fault: Fault, path: Any, mode: str) -> None:
        super().__init__(path, mode)
        self._fault = fault

    def write(self, data: Any) -> int:
        if self._fault.strikes("write"):
            super().write(bytes(data)[: len(data) // 2])
            self._fault.end()
        return super().write(data)


def in_child(work: Callable[[], Any]) -> tuple[int, Any]:
    """Run in a fork; returns its wait status (0 done) and what it returned or raised, as text."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        code, said = 0, None
        try:
            said = work()
        except BaseException as error:
            code, said = 1, f"{type(error).__name__}: {error}"
        os.write(writing, json.dumps(said).encode())
        os._exit(code)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        said = pipe.read()
    _, status = os.waitpid(child, 0)
    return status, json.loads(said) if said else None


def main() -> None:
    """Try every call; prints one JSON object: how many there were, and of which kinds."""
    from tests.unit.bundle.release_operations import OPERATIONS, check_after

    seed, name, how = Path(sys.argv[1]).resolve(), sys.argv[2], sys.argv[3]
    operation = OPERATIONS[name]
    struck: list[str] = []
    outcomes: list[str] = []
    for at in itertools.count(0, int(sys.argv[4])):
        root = seed.with_name(f"{name}-{how}-{at}")
        shutil.copytree(seed, root)
        fault = Fault(root, at, how == "kill")

        def work(fault: Fault = fault, root: Path = root) -> list[Any]:
            fault.install()
            try:
                outcome = str(operation(root))
            except BaseException as error:
                outcome = f"{type(error).__name__}: {error}"
            return [fault.struck, outcome]

        status, said = in_child(work)
        killed = os.WIFSIGNALED(status)
        what, outcome = ("kill", "killed") if killed else said
        outcomes.append(outcome)
        status, problem = in_child(
            lambda root=root, outcome=outcome: check_after(name, root, outcome)
        )
        if status or problem:
            sys.exit(f"{name}, call {at} ({what}), which ended in {outcome!r}: {problem}")
        shutil.rmtree(root)
        if not killed and not what:
            break
        struck.append(what)
    print(json.dumps({"calls": len(struck), "struck": struck, "outcomes": outcomes}))


if __name__ == "__main__":
    main()
