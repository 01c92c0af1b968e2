"""The plots of a run's report."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from training.evaluate.metrics import probabilities
from training.evaluate.plots import draw_reliability

COLOURS = {"candidate": "#0072b2", "live": "#d55e00"}
CHANCE = "#9aa5b1"
MOST_FIELDS = 15


def calibration(scores: Mapping[str, Any]) -> Figure:
    """Draw predicted against observed click rates, and the scores' distributions."""
    figure = Figure(figsize=(10, 4.2), layout="constrained")
    left, right = figure.subplots(1, 2)
    top = 0.0
    for name, colour in COLOURS.items():
        if name not in scores:
            continue
        p = probabilities(scores[name])
        bins = draw_reliability(left, scores["labels"], p, colour, name)
        top = max(top, 1.05 * max(bins.predicted.max(), bins.observed.max()))
        right.hist(p, bins=50, histtype="step", color=colour, label=name)
    left.plot([0, top], [0, top], color=CHANCE, linestyle="--", label="calibrated")
    left.set(title="Calibration", xlabel="predicted", ylabel="observed click rate")
    right.set(title="Scores", xlabel="probability", ylabel="rows", yscale="log")
    return _plain(figure)


def drift(indices: Mapping[str, float], limit: float) -> Figure:
    """Draw the fields' population stability indices, the largest first, beside the limit."""
    worst = sorted(indices.items(), key=lambda item: -item[1])[:MOST_FIELDS][::-1]
    figure = Figure(figsize=(10, 0.8 + 0.28 * len(worst)), layout="constrained")
    axes = figure.subplots()
    axes.barh(
        [name for name, _ in worst], [value for _, value in worst], color=COLOURS["candidate"]
    )
    axes.axvline(limit, color=COLOURS["live"], linestyle="--", label=f"allowed: {limit:g}")
    axes.set(title="Drift of the fields", xlabel="population stability index")
    return _plain(figure)


def timings(steps: Mapping[str, Mapping[str, Any]]) -> Figure:
    """Draw how long each step took."""
    done = {name: each["seconds"] for name, each in steps.items() if "seconds" in each}
    figure = Figure(figsize=(10, 0.8 + 0.28 * len(done)), layout="constrained")
    axes = figure.subplots()
    names = list(done)[::-1]
    bars = axes.barh(names, [done[name] for name in names], color=COLOURS["candidate"])
    axes.bar_label(bars, [f"{done[name]:.1f} s" for name in names], padding=3)
    axes.set(title="Steps", xlabel="seconds")
    axes.set_xlim(right=1.15 * max([*done.values(), 1e-3]))
    return _plain(figure)


def _plain(figure: Figure) -> Figure:
    for axes in figure.axes:
        axes.grid(alpha=0.25)
        axes.set_axisbelow(True)
        axes.spines[["top", "right"]].set_visible(False)
        if axes.get_legend_handles_labels()[0]:
            axes.legend(frameon=False)
    return figure


def finite(scores: Mapping[str, Any]) -> bool:
    """Tell whether every score can be drawn."""
    return all(np.isfinite(scores[name]).all() for name in COLOURS if name in scores)
