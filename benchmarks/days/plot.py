"""The days as a picture."""

from pathlib import Path

from matplotlib.figure import Figure

from benchmarks.days.simulation import Day

DAILY, NEVER = "#0072b2", "#d55e00"


def plot_days(days: list[Day], path: Path) -> None:
    """Draw how far the daily-retrained model and the first one are from the best possible."""
    figure = Figure(figsize=(8, 4.2), layout="constrained")
    axes = figure.subplots()
    numbers = [day.day for day in days]
    for name, colour, values in (
        ("never retrained", NEVER, [day.never for day in days]),
        ("retrained each night", DAILY, [day.daily for day in days]),
    ):
        axes.plot(numbers, values, color=colour, marker="o", label=name)
    refused = [day for day in days if day.refused]
    axes.plot(
        [day.day for day in refused],
        [day.daily for day in refused],
        linestyle="none",
        marker="x",
        markersize=10,
        color="#24292f",
        label="its night was refused" if refused else None,
    )
    axes.set(
        title="LogLoss above the best possible, on the next day's rows",
        xlabel="day",
        ylabel="nats",
        ylim=(0, None),
    )
    axes.grid(alpha=0.25)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False)
    figure.savefig(path, dpi=130)
