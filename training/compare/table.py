"""The table of a comparison: as Markdown and as CSV."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import mean, stdev

from training.compare.cost import Cost
from training.compare.paper import Published
from training.compare.runs import RunResult

METRICS = (("valid", "auc"), ("valid", "log_loss"), ("test", "auc"), ("test", "log_loss"))


@dataclass(frozen=True)
class Line:
    """One model's.

    Args:
        label: the model's.
        values: of each of ``METRICS``, one per run that did not fail.
        examples_per_second: of training, in the mean of the runs.
        cost: ``None`` if no run ended well.
        failed: why runs failed, one per run.
    """

    label: str
    values: Mapping[tuple[str, str], tuple[float, ...]]
    examples_per_second: float
    cost: Cost | None
    failed: tuple[str, ...]

    def mean(self, split: str, metric: str) -> float | None:
        """The mean over seeds; ``None`` without a run."""
        values = self.values[split, metric]
        return mean(values) if values else None

    def deviation(self, split: str, metric: str) -> float | None:
        """The standard deviation over seeds; ``None`` for less than two."""
        values = self.values[split, metric]
        return stdev(values) if len(values) > 1 else None


def lines_of(results: Sequence[RunResult], costs: Mapping[str, Cost]) -> list[Line]:
    """Gather the runs of each model, in the order in which the models come."""
    found = []
    for label in dict.fromkeys(result.label for result in results):
        own = [result for result in results if result.label == label]
        runs = [result.run for result in own if result.run is not None]
        speeds = [run["examples_per_second"] for run in runs]
        found.append(
            Line(
                label,
                {
                    (split, metric): tuple(run["metrics"][split][metric] for run in runs)
                    for split, metric in METRICS
                },
                mean(speeds) if speeds else 0.0,
                costs.get(label),
                tuple(result.error for result in own if result.run is None),
            )
        )
    return found


def markdown(lines: Sequence[Line], beside: Published | None) -> str:
    """Write a table: means and deviations over seeds, the best mean of each metric in bold."""
    heads = [
        *("model", "valid AUC", "valid LogLoss", "test AUC", "test LogLoss", "dense parameters"),
        *("table parameters", "MFLOP per example", "training examples/s", "folded forward"),
    ]
    if beside is not None:
        heads += ["published AUC", "published LogLoss"]
    rows = [heads, ["---"] * len(heads)]
    best = {
        (split, metric): _best(lines, split, metric, highest=metric == "auc")
        for split, metric in METRICS
    }
    for line in lines:
        row = [line.label]
        row += [_cell(line, *key, line.label == best[key]) for key in METRICS]
        if line.cost is None:
            row += ["", "", "", "", ""]
        else:
            row += [
                f"{line.cost.dense_parameters:,}",
                f"{line.cost.table_parameters:,}",
                f"{line.cost.flops / 1e6:.3f}",
                f"{line.examples_per_second:,.0f}",
                f"{line.cost.forward_ms:.1f} ms",
            ]
        if beside is not None:
            figures = beside.figures.get(line.label)
            row += ["", ""] if figures is None else [f"{figures[0]:.4f}", f"{figures[1]:.4g}"]
        rows.append(row)
    text = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    failed = [f"- {line.label}: {error}" for line in lines for error in line.failed]
    return text + ("\n\nFailed:\n\n" + "\n".join(failed) if failed else "") + "\n"


def _best(lines: Sequence[Line], split: str, metric: str, highest: bool) -> str:
    means = {line.label: line.mean(split, metric) for line in lines}
    known = {label: value for label, value in means.items() if value is not None}
    if not known:
        return ""
    return (max if highest else min)(known, key=known.__getitem__)


def _cell(line: Line, split: str, metric: str, is_best: bool) -> str:
    value, deviation = line.mean(split, metric), line.deviation(split, metric)
    if value is None:
        return "failed"
    text = with_digits(metric, value)
    text = f"**{text}**" if is_best else text
    return text if deviation is None else f"{text} ± {deviation:.4f}"


def with_digits(metric: str, value: float) -> str:
    """Write a metric with as many digits as tell models apart."""
    return f"{value:.4f}" if metric == "auc" or value > 0.05 else f"{value:.6f}"


def as_csv(lines: Sequence[Line]) -> str:
    """Write one line per model with unrounded numbers; what is not known is empty."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    names = [f"{split}_{metric}_{kind}" for split, metric in METRICS for kind in ("mean", "sd")]
    writer.writerow(
        [
            *("model", "runs", "failed", *names, "dense_parameters", "table_parameters"),
            *("flops_per_example", "examples_per_second", "forward_ms"),
        ]
    )
    for line in lines:
        values: list[float | None] = []
        for key in METRICS:
            values += [line.mean(*key), line.deviation(*key)]
        cost = line.cost
        costs = (
            ["", "", "", "", ""]
            if cost is None
            else [
                *(cost.dense_parameters, cost.table_parameters, cost.flops),
                *(line.examples_per_second, cost.forward_ms),
            ]
        )
        runs = len(line.values[METRICS[0]])
        writer.writerow([line.label, runs, len(line.failed), *values, *costs])
    return out.getvalue()
