"""What a process holds of memory, over time."""

import threading
from pathlib import Path
from time import perf_counter
from typing import Self

_KEYS = ("RssAnon", "RssFile", "RssShmem")


def memory_mb(pid: int) -> tuple[float, float]:
    """Read a process's own resident memory and the mapped files' share, in MiB.

    Own is ``RssAnon + RssShmem``: what the page cache could not give back.
    """
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    values = dict(line.split(":", 1) for line in lines)
    anonymous, file, shared = (int(values[key].split()[0]) / 1024 for key in _KEYS)
    return anonymous + shared, file


class ProcessMemory:
    """Samples a process's memory in a thread, four times a second, until the block ends.

    Args:
        pid: of the process.

    Attributes:
        samples: seconds since the start, own memory and mapped files, in MiB.
    """

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._begin = perf_counter()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self.samples: list[tuple[float, float, float]] = []

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    @property
    def seconds(self) -> float:
        """Seconds since the start."""
        return perf_counter() - self._begin

    @property
    def peak_mb(self) -> float:
        """Most own memory seen."""
        return max(own for _, own, _ in self.samples)

    def _watch(self) -> None:
        while not self._stop.wait(0.25):
            try:
                self.samples.append((self.seconds, *memory_mb(self._pid)))
            except (OSError, KeyError):
                return
