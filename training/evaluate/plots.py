"""The four plots of an evaluation, in one picture."""

from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from sklearn.metrics import average_precision_score, precision_recall_curve, roc_curve

from training.evaluate.metrics import Labels, Logits, auc, probabilities
from training.evaluate.reliability import Reliability

MODEL, CHANCE, CLICK, OTHER = "#1f6feb", "#9aa5b1", "#d1242f", "#6e7781"
POINTS = 2000
FEW = 50


def plot_evaluation(labels: Labels, logits: Logits, title: str, path: Path) -> None:
    """Write ROC, precision-recall, reliability and score histogram as one PNG."""
    figure = Figure(figsize=(11, 9), layout="constrained")
    figure.suptitle(title)
    axes = figure.subplots(2, 2)
    p = probabilities(logits)
    _roc(axes[0, 0], labels, logits)
    _precision_recall(axes[0, 1], labels, logits)
    _reliability(axes[1, 0], labels, p)
    _histogram(axes[1, 1], labels, p)
    for each in axes.flat:
        each.grid(alpha=0.25)
        each.spines[["top", "right"]].set_visible(False)
        each.legend(frameon=False)
    figure.savefig(path, dpi=120)


def _thin(*arrays: Any) -> list[Any]:
    """Keep at most ``POINTS`` points of a curve, its ends among them."""
    keep = np.unique(np.linspace(0, len(arrays[0]) - 1, POINTS).astype(int))
    return [array[keep] for array in arrays]


def _roc(axes: Any, labels: Labels, logits: Logits) -> None:
    false, true, _ = roc_curve(labels, logits)
    axes.plot(*_thin(false, true), color=MODEL, label=f"model, AUC {auc(labels, logits):.4f}")
    axes.plot([0, 1], [0, 1], color=CHANCE, linestyle="--", label="chance")
    axes.set(title="ROC", xlabel="false positive rate", ylabel="true positive rate")


def _precision_recall(axes: Any, labels: Labels, logits: Logits) -> None:
    precision, recall, _ = precision_recall_curve(labels, logits)
    average = average_precision_score(labels, logits)
    rate = float(np.mean(labels))
    few = min(FEW, len(recall) // 2)  # the precision of a few top rows is noise
    axes.plot(
        *_thin(recall[:-few], precision[:-few]),
        color=MODEL,
        label=f"model, average precision {average:.4f}",
    )
    axes.axhline(rate, color=CHANCE, linestyle="--", label=f"chance, {rate:.4f}")
    axes.set(title="Precision and recall", xlabel="recall", ylabel="precision", ylim=(0, 1.02))


def draw_reliability(axes: Any, labels: Labels, p: Any, colour: str, name: str) -> Reliability:
    """Draw observed click rates over predicted ones, with their 95% margins."""
    bins = Reliability.of(labels, p)
    axes.errorbar(
        bins.predicted,
        bins.observed,
        yerr=bins.margin(),
        color=colour,
        marker="o",
        markersize=4,
        capsize=2,
        linewidth=1,
        label=f"{name}, expected error {bins.error:.4f}",
    )
    return bins


def _reliability(axes: Any, labels: Labels, p: Any) -> None:
    bins = draw_reliability(axes, labels, p, MODEL, "model")
    top = 1.05 * max(bins.predicted.max(), bins.observed.max())
    axes.plot([0, top], [0, top], color=CHANCE, linestyle="--", label="calibrated")
    axes.set(
        title=f"Reliability ({len(bins.rows)} bins of equal size, 95% margins)",
        xlabel="mean predicted probability",
        ylabel="observed click rate",
        xlim=(0, top),
        ylim=(0, top),
    )


def _histogram(axes: Any, labels: Labels, p: Any) -> None:
    edges = np.linspace(0, float(p.max()), 51)
    for value, color, name in ((0, OTHER, "not clicked"), (1, CLICK, "clicked")):
        axes.hist(p[labels == value], edges, density=True, alpha=0.5, color=color, label=name)
    axes.set(
        title="Scores by class", xlabel="predicted probability", ylabel="density within the class"
    )
