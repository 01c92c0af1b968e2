"""How many CPUs this process may use."""

import os
from math import ceil
from pathlib import Path

_QUOTA = Path("/sys/fs/cgroup/cpu.max")
_MOST_WORKERS = 4


def usable_cpus(quota: Path = _QUOTA) -> int:
    """Return the CPUs that this process may use: by its affinity, and its control group's quota.

    Args:
        quota: file of the quota, ``"$MAX $PERIOD"`` (the kernel's cgroup-v2.rst, ``cpu.max``).
    """
    cpus = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    try:
        most, period = quota.read_text().split()
        return max(1, min(cpus, ceil(int(most) / int(period))))
    except (OSError, ValueError):  # none, or "max"
        return cpus


def default_workers() -> int:
    """Return how many threads score: one per CPU, and no more than one event loop keeps busy."""
    return min(_MOST_WORKERS, usable_cpus())
