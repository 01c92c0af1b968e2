"""The plot of a comparison."""

from collections.abc import Sequence
from pathlib import Path

from matplotlib.figure import Figure

from training.compare.table import Line

_OURS, _OTHERS = "#1f6feb", "#6e7781"


def plot_comparison(lines: Sequence[Line], title: str, path: Path) -> None:
    """Write test AUC, LogLoss and AUC over arithmetic as one picture; a dot per seed.

    Args:
        lines: of the models; those without a run are left out.
        title: of the picture.
        path: where it goes; the ending decides the format.
    """
    drawn = [line for line in lines if line.values["test", "auc"]]
    figure = Figure(figsize=(13, 1.6 + 0.36 * max(len(drawn), 4)), layout="constrained")
    figure.suptitle(title)
    axes = figure.subplots(1, 3)
    for axis, metric, name in ((axes[0], "auc", "test AUC"), (axes[1], "log_loss", "test LogLoss")):
        for place, line in enumerate(drawn):
            values = line.values["test", metric]
            axis.plot(values, [place] * len(values), ".", color=_color(line), alpha=0.45)
            axis.plot([line.mean("test", metric)], [place], "D", color=_color(line), markersize=6)
        axis.set(yticks=range(len(drawn)), xlabel=f"{name}: mean, and each seed")
        axis.set_yticklabels([line.label for line in drawn] if metric == "auc" else [])
        axis.invert_yaxis()
    for line in drawn:
        if line.cost is not None:
            point = (line.cost.flops / 1e6, line.mean("test", "auc"))
            axes[2].plot(*point, "D", color=_color(line), markersize=6)
            axes[2].annotate(
                line.label, point, textcoords="offset points", xytext=(5, 3), fontsize=7
            )
    axes[2].set(xlabel="MFLOP per example, forward", ylabel="test AUC", xscale="log")
    for axis in axes:
        axis.grid(alpha=0.25)
        axis.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=120)


def _color(line: Line) -> str:
    return _OURS if line.label.lower().startswith(("dynint", "xdeepint")) else _OTHERS
