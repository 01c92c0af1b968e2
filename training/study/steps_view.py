"""Metrics of the valid rows over the steps of training: Figure 7b."""

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import mean
from typing import Any

from matplotlib.figure import Figure

from training.compare.runs import RunResult
from training.compare.table import with_digits
from training.study import colors
from training.study.series import MEAN, Series
from training.study.sweep import Sweep
from training.study.table import Table
from training.study.view import View
from training.train.metrics_log import MetricsLog

CURVES = "curves.csv"
Cosine = Callable[[RunResult], float | None]

_NAMES = {"valid_auc": "valid AUC", "valid_log_loss": "valid LogLoss"}
_COLUMNS = ("step", "epoch", "train_log_loss", *_NAMES)


@dataclass(frozen=True)
class Curve:
    """What a run's evaluations, or the mean of several runs', gave.

    Args:
        steps: ascending; of several runs those at which all were evaluated.
        values: by a key of ``_NAMES``, as many as there are steps.
    """

    steps: tuple[int, ...]
    values: Mapping[str, tuple[float, ...]]

    @classmethod
    def mean_of(cls, logs: Sequence[Sequence[Mapping[str, Any]]]) -> "Curve":
        """Take the mean of runs, each given as the lines of its ``metrics.jsonl``."""
        by_step = [{int(entry["step"]): entry for entry in log} for log in logs]
        shared = set.intersection(*map(set, by_step)) if by_step else set()
        steps = tuple(sorted(shared))
        return cls(
            steps,
            {
                name: tuple(mean(float(log[step][name]) for log in by_step) for step in steps)
                for name in _NAMES
            },
        )

    def best(self) -> tuple[int, float] | None:
        """Return step and AUC of the best evaluation; ``None`` without one."""
        aucs = self.values["valid_auc"]
        if not aucs:
            return None
        place = max(range(len(aucs)), key=aucs.__getitem__)
        return self.steps[place], aucs[place]

    def first_above(self, auc: float) -> int | None:
        """Return the first step whose AUC is no worse."""
        pairs = zip(self.steps, self.values["valid_auc"], strict=True)
        return next((step for step, value in pairs if value >= auc), None)


def steps_view(series: Sequence[Series], sweep: Sweep, cosine: Cosine) -> View:
    """Show curves in the mean over seeds (and models), one per value.

    Args:
        series: of the one sweep.
        sweep: what varies.
        cosine: tells how far the vectors of a run's kept model are from orthogonal, if it has any.
    """
    logs = {
        run.folder: MetricsLog(run.folder / "metrics.jsonl").entries()
        for each in series
        for runs in each.runs
        for run in runs
    }
    curves = [
        [Curve.mean_of([logs[run.folder] for run in runs]) for runs in each.runs] for each in series
    ]
    return View(
        _said(series[0], curves[0], sweep),
        [_table(series, curves, sweep, cosine)],
        _plot(series, curves, sweep),
        True,
        f"AUC and LogLoss of the valid rows over the steps of training, a curve for each "
        f"{sweep.name}; {CURVES} holds the numbers.",
        {CURVES: _csv(series, logs, sweep)},
    )


def _said(head: Series, curves: Sequence[Curve], sweep: Sweep) -> list[str]:
    known = [
        (best[1], sweep.text(value))
        for curve, value in zip(curves, head.values, strict=True)
        if (best := curve.best()) is not None
    ]
    if not known:
        return []
    auc, value = max(known, key=lambda pair: pair[0])
    return [f"{sweep.name}: {value} reaches the highest valid AUC, {auc:.4f} ({head.model})."]


def _table(
    series: Sequence[Series],
    curves: Sequence[Sequence[Curve]],
    sweep: Sweep,
    cosine: Cosine,
) -> Table:
    first = sweep.text(sweep.values[0])
    heads = ["model", sweep.name, "best valid AUC", "at step", "lowest valid LogLoss"]
    heads += ["last valid AUC", f"steps to the best AUC of {first}"]
    heads += ["mean abs. cosine"]
    rows = []
    for each, own in zip(series, curves, strict=True):
        target = own[0].best()
        for value, curve, runs in zip(each.values, own, each.runs, strict=True):
            best = curve.best()
            if best is None:
                rows.append([each.model, sweep.text(value), "failed", *[""] * (len(heads) - 3)])
                continue
            of_runs = [] if each.model == MEAN else [cosine(run) for run in runs]
            known = [value for value in of_runs if value is not None]
            reached = None if target is None else curve.first_above(target[1])
            rows.append(
                [
                    each.model,
                    sweep.text(value),
                    f"{best[1]:.4f}",
                    f"{best[0]:,}",
                    with_digits("log_loss", min(curve.values["valid_log_loss"])),
                    f"{curve.values['valid_auc'][-1]:.4f}",
                    "not reached" if reached is None else f"{reached:,}",
                    f"{mean(known):.4f}" if known else "",
                ]
            )
    note = (
        "Of the mean curves over seeds. Steps to the best AUC tell how fast a setting learns: those "
        f"to the first evaluation no worse than the best one of {sweep.name} {first}. The cosine is "
        "that of the vectors which the penalty of eq. 11 and 12 holds apart, in the kept model: 0 if "
        "they are orthogonal, 1 if they are parallel."
    )
    return Table(f"{sweep.name} over the steps of training", heads, rows, note)


def _csv(series: Sequence[Series], logs: Mapping[Any, Any], sweep: Sweep) -> str:
    """Write a line per run and evaluation."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["model", sweep.setting, "seed", *_COLUMNS])
    for each in series:
        if each.model == MEAN:
            continue
        for value, runs in zip(each.values, each.runs, strict=True):
            for run in runs:
                for entry in logs[run.folder]:
                    cells = [entry[name] for name in _COLUMNS]
                    writer.writerow([each.model, sweep.text(value), run.seed, *cells])
    return out.getvalue()


def _plot(
    series: Sequence[Series], curves: Sequence[Sequence[Curve]], sweep: Sweep
) -> Figure | None:
    if not any(curve.steps for own in curves for curve in own):
        return None
    figure = Figure(figsize=(9.5, 3.5 * len(series)), layout="constrained")
    grid = figure.subplots(len(series), 2, squeeze=False)
    shades = colors.ordered(len(sweep.values))
    for each, own, row in zip(series, curves, grid, strict=True):
        for axes, (key, name) in zip(row, _NAMES.items(), strict=True):
            for value, curve, shade in zip(each.values, own, shades, strict=True):
                axes.plot(
                    curve.steps,
                    curve.values[key],
                    color=shade,
                    marker="o",
                    markersize=2.5,
                    linewidth=1.5,
                    label=f"{sweep.name} {sweep.text(value)}",
                )
            axes.set(xlabel="training steps", ylabel=name, title=each.model)
            axes.grid(alpha=0.25)
            axes.spines[["top", "right"]].set_visible(False)
            axes.ticklabel_format(axis="y", useOffset=False)
        row[0].legend(frameon=False, fontsize=8)
    return figure
