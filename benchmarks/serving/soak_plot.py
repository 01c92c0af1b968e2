"""The plot of a soak."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from benchmarks.serving.vitals import Vitals

RESIDENT, PRIVATE, COUNTS = "#6e7781", "#1f6feb", ("#1a7f37", "#9a6700", "#d1242f")


def plot_soak(result: dict[str, Any], seen: Sequence[Vitals], path: Path) -> None:
    """Write what a process held over time as a PNG.

    Args:
        result: of ``soak``.
        seen: what was seen.
        path: where to write it.
    """
    minutes = [vitals.at_s / 60 for vitals in seen]
    figure = Figure(figsize=(11, 4.2), layout="constrained")
    memory, counts = figure.subplots(1, 2)
    redis = "Redis" if result["redis"] else "no Redis"
    figure.suptitle(
        f"{result['minutes']:g} minutes, {result['rate']:g} requests/s, {result['scorer']}, {redis}: "
        f"{result['flips']} flips, {result['errors']} errors, {result['mixed']} mixed"
    )
    memory.plot(minutes, [each.resident_mb for each in seen], color=RESIDENT, label="resident")
    memory.plot(minutes, [each.private_mb for each in seen], color=PRIVATE, label="private")
    memory.set_ylabel("MiB")
    memory.set_ylim(bottom=0)
    for name, color in zip(("descriptors", "threads", "tasks"), COUNTS, strict=True):
        counts.plot(minutes, [getattr(each, name) for each in seen], color=color, label=name)
    counts.set_ylabel("count")
    counts.set_ylim(bottom=0)
    for axes in (memory, counts):
        axes.axvline(result["settled_s"] / 60, color=RESIDENT, linestyle=":", linewidth=1)
        axes.set_xlabel("minutes")
        axes.grid(alpha=0.25)
        axes.spines[["top", "right"]].set_visible(False)
        axes.legend(frameon=False)
    figure.savefig(path, dpi=130)
