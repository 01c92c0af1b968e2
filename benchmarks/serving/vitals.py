"""What a process holds, over time: memory, descriptors, threads, tasks."""

import asyncio
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from time import monotonic
from typing import NamedTuple

import numpy as np


class Vitals(NamedTuple):
    """What a process held at one time.

    Attributes:
        at_s: seconds since the load began.
        resident_mb: resident memory, pages of mapped files among it, in MiB.
        private_mb: memory that it has written, its own alone, in MiB.
        descriptors: open file descriptors.
        threads: threads.
        tasks: tasks of the event loop, those of the requests under way among them.
    """

    at_s: float
    resident_mb: float
    private_mb: float
    descriptors: int
    threads: int
    tasks: int


QUANTITIES = Vitals._fields[1:]


def look(pid: int, port: int, at_s: float) -> Vitals:
    """Look at a gateway of the benchmark."""
    folder = Path(f"/proc/{pid}")
    kilobytes = {
        name: int(rest.split()[0])
        for name, _, rest in (
            line.partition(":") for line in (folder / "smaps_rollup").read_text().splitlines()[1:]
        )
    }
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/tasks", timeout=30) as answer:
        tasks = int(answer.read())
    return Vitals(
        round(at_s, 2),
        round(kilobytes["Rss"] / 1024, 1),
        round(kilobytes["Private_Dirty"] / 1024, 1),
        sum(1 for _ in (folder / "fd").iterdir()),
        sum(1 for _ in (folder / "task").iterdir()),
        tasks,
    )


async def watch(pid: int, port: int, every_s: float, into: list[Vitals]) -> None:
    """Look again and again, until it is cancelled."""
    begin = monotonic()
    while True:
        into.append(await asyncio.to_thread(look, pid, port, monotonic() - begin))
        await asyncio.sleep(every_s)


def growth(seen: Sequence[Vitals], settled_s: float) -> dict[str, dict[str, float]]:
    """Compare the last third of what was seen after a time with its first third.

    Returns:
        Per quantity: medians of the two thirds (``settled``, ``end``), their difference (``growth``)
        and the slope of the least-squares line, per minute.
    """
    late = [vitals for vitals in seen if vitals.at_s >= settled_s]
    third = max(1, len(late) // 3)
    minutes = np.array([vitals.at_s for vitals in late]) / 60
    result = {}
    for name in QUANTITIES:
        values = [float(getattr(vitals, name)) for vitals in late]
        first, last = median(values[:third]), median(values[-third:])
        slope = float(np.polyfit(minutes, values, 1)[0]) if len(late) > 1 else 0.0
        result[name] = {
            "settled": round(first, 1),
            "end": round(last, 1),
            "growth": round(last - first, 1),
            "slope_per_minute": round(slope, 3),
        }
    return result
