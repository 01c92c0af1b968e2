"""Metrics over the values of a setting: Tables 3 and 4, Figures 6 and 7a."""

from collections.abc import Sequence
from typing import Any

from matplotlib.figure import Figure

from training.compare.table import METRICS, with_digits
from training.study import colors
from training.study.paper import PUBLISHED, PublishedSweep
from training.study.series import MEAN, Series
from training.study.sweep import Sweep
from training.study.table import Table, measured
from training.study.view import View

_NAMES = {"auc": "test AUC", "log_loss": "test LogLoss"}


def settings_view(series: Sequence[Series], beside: str | None, as_table: bool) -> View:
    """Show means over seeds at each value of each sweep.

    Args:
        series: of all sweeps; for each the one that matters most first.
        beside: a key of ``PUBLISHED``, whose figures stand beside.
        as_table: whether the figures come first, laid out as the paper's tables; else the plot.
    """
    published = None if beside is None else PUBLISHED[beside]
    heads = _heads(series)
    tables = [_papers_layout(head, published) for head in heads] if as_table else []
    tables += [
        _all_models(head, [each for each in series if each.sweep is head.sweep]) for head in heads
    ]
    return View(
        [sentence for head in heads if (sentence := _said(head, published))],
        tables,
        _plot(series),
        not as_table,
        "Test AUC and test LogLoss over "
        + " and ".join(_sweep(head).name for head in heads)
        + "; the numbers are in the tables.",
    )


def _sweep(series: Series) -> Sweep:
    """Return what varies: in these views something does."""
    if series.sweep is None:
        raise ValueError(f"series: must be of a sweep; received {series.model}")
    return series.sweep


def _heads(series: Sequence[Series]) -> list[Series]:
    """Return the first series of each sweep."""
    found: list[Series] = []
    for each in series:
        if all(each.sweep is not head.sweep for head in found):
            found.append(each)
    return found


def _said(head: Series, published: PublishedSweep | None) -> str:
    place = head.best("valid", "auc")
    if place is None:
        return ""
    sweep, line = _sweep(head), head.lines[place]
    text = (
        f"{sweep.name}: the valid rows choose {sweep.text(head.values[place])} ({head.model}; "
        f"test AUC {measured(line, 'test', 'auc')}, LogLoss {measured(line, 'test', 'log_loss')})."
    )
    if published is None:
        return text
    best = [
        f"{max(figures, key=lambda value: figures[value][0])} on {data}"
        for data, figures in published.figures.items()
    ]
    return f"{text} In the paper it is {', '.join(best)}."


def _papers_layout(head: Series, published: PublishedSweep | None) -> Table:
    """Lay out as Tables 3 and 4: a column for each value."""
    sweep = _sweep(head)
    rows = []
    for metric, name in _NAMES.items():
        best = head.best("test", metric)
        cells = [
            measured(line, "test", metric, place == best) for place, line in enumerate(head.lines)
        ]
        rows.append([f"{name}, {head.model}", *cells])
    for data, figures in {} if published is None else published.figures.items():
        for index, (metric, name) in enumerate(_NAMES.items()):
            known = [figures[value][index] for value in head.values if value in figures]
            best_known = (max if metric == "auc" else min)(known) if known else None
            cells = [_published(figures, value, index, metric, best_known) for value in head.values]
            rows.append([f"{name.removeprefix('test ')}, paper, {data}", *cells])
    runs = max((len(line.values["test", "auc"]) for line in head.lines), default=0)
    note = f"Mean ± standard deviation over seeds ({runs} at most); the best of a row is bold."
    if published is not None:
        note += f" Paper: {published.about}."
    return Table(
        f"{sweep.name}, as in the paper", [sweep.name, *map(sweep.text, head.values)], rows, note
    )


def _published(figures: Any, value: Any, index: int, metric: str, best: float | None) -> str:
    if value not in figures:
        return ""
    figure = figures[value][index]
    text = with_digits(metric, figure)
    return f"**{text}**" if figure == best else text


def _all_models(head: Series, series: Sequence[Series]) -> Table:
    sweep = _sweep(head)
    heads = ["model", sweep.name, "valid AUC", "valid LogLoss", "test AUC", "test LogLoss"]
    rows = []
    for each in series:
        best = {key: each.best(*key) for key in METRICS}
        for place, (value, line) in enumerate(zip(each.values, each.lines, strict=True)):
            cells = [measured(line, *key, place == best[key]) for key in METRICS]
            row = [each.model, sweep.text(value), *cells, *_cost(each, place)]
            rows.append(row)
    note = (
        "Mean ± standard deviation over seeds; the best of each model is bold. Parameters are those "
        "of the network without its embedding table, seconds those of its training steps."
    )
    return Table(f"{sweep.name}, model by model", [*heads, "parameters", "seconds"], rows, note)


def _cost(series: Series, place: int) -> list[str]:
    runs = [run.run for run in series.runs[place] if run.run is not None]
    if not runs or series.model == MEAN:
        return ["", ""]
    seconds = sum(run["train_seconds"] for run in runs) / len(runs)
    return [f"{runs[0]['dense_parameters']:,}", f"{seconds:.1f}"]


def _plot(series: Sequence[Series]) -> Figure | None:
    if all(line.mean("test", "auc") is None for each in series for line in each.lines):
        return None
    heads = _heads(series)
    figure = Figure(figsize=(9.5, 3.7 * len(heads)), layout="constrained")
    grid = figure.subplots(len(heads), 2, squeeze=False)
    for head, row in zip(heads, grid, strict=True):
        own = [each for each in series if each.sweep is head.sweep]
        for axes, (metric, name) in zip(row, _NAMES.items(), strict=True):
            _draw(axes, own, metric)
            axes.set(xlabel=_sweep(head).name, ylabel=name)
    return figure


def _draw(axes: Any, series: Sequence[Series], metric: str) -> None:
    """Draw one panel; values stand at equal distances, as they often double."""
    palette = colors.distinct()
    for number, each in enumerate(series):
        aside = 0.06 * (number - (len(series) - 1) / 2)  # so that no error bar hides another
        is_mean = each.model == MEAN
        known = [
            (place + aside, line.mean("test", metric), line.deviation("test", metric) or 0.0)
            for place, line in enumerate(each.lines)
            if line.values["test", metric]
        ]
        if not known:
            continue
        places, means, deviations = zip(*known, strict=True)
        axes.errorbar(
            places,
            means,
            yerr=deviations if any(deviations) else None,
            color=colors.MEAN if is_mean else next(palette),
            linewidth=2.2 if is_mean or len(series) == 1 else 1.2,
            alpha=1.0 if is_mean or len(series) == 1 else 0.75,
            marker="D" if is_mean else "o",
            markersize=6 if is_mean else 4,
            capsize=3,
            zorder=3 if is_mean else 2,
            label=each.model,
        )
    sweep, values = _sweep(series[0]), series[0].values
    axes.set_xticks(range(len(values)), [sweep.text(value) for value in values])
    axes.set_xlim(-0.4, len(values) - 0.6)
    axes.grid(alpha=0.25)
    axes.spines[["top", "right"]].set_visible(False)
    axes.ticklabel_format(axis="y", useOffset=False)
    axes.legend(frameon=False, fontsize=8)
