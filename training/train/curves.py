"""The plot of a run: losses and AUC over steps."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

STEPS, TRAIN, VALID, BEST = "#d0d7de", "#6e7781", "#1f6feb", "#d1242f"


def plot_curves(
    title: str,
    curve: Sequence[Sequence[float]],
    entries: Sequence[dict[str, Any]],
    best: int,
    path: Path,
) -> None:
    """Write ``curves.png``.

    Args:
        title: of the picture.
        curve: mean cross-entropy of training as ``(step, value)`` pairs.
        entries: the evaluations, as in ``metrics.jsonl``.
        best: step of the state that was kept.
        path: where to write the PNG.
    """
    steps = [entry["step"] for entry in entries]
    figure = Figure(figsize=(11, 4.2), layout="constrained")
    loss, area = figure.subplots(1, 2)
    figure.suptitle(title)
    loss.plot(*zip(*curve, strict=True), color=STEPS, linewidth=1, label="train, few steps each")
    loss.plot(
        steps,
        [entry["train_log_loss"] for entry in entries],
        color=TRAIN,
        marker="o",
        markersize=4,
        linestyle="--",
        label="train, mean since the last evaluation",
    )
    loss.plot(
        steps,
        [entry["valid_log_loss"] for entry in entries],
        color=VALID,
        marker="o",
        markersize=4,
        label="valid",
    )
    loss.set_ylabel("LogLoss (nats)")
    area.plot(
        steps,
        [entry["valid_auc"] for entry in entries],
        color=VALID,
        marker="o",
        markersize=4,
        label="valid",
    )
    area.set_ylabel("AUC")
    kept = [entry for entry in entries if entry["step"] == best]
    for axes, key in ((loss, "valid_log_loss"), (area, "valid_auc")):
        for entry in kept:  # none, if metrics.jsonl was lost
            axes.plot(
                [best],
                [entry[key]],
                color=BEST,
                marker="D",
                linestyle="none",
                label=f"kept: step {best:,}, {entry[key]:.4f}",
            )
        axes.set_xlabel("step")
        axes.grid(alpha=0.25)
        axes.spines[["top", "right"]].set_visible(False)
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.legend(frameon=False)
    figure.savefig(path, dpi=130)
