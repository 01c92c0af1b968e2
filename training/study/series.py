"""The runs of a study, put together by model and value."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import mean
from typing import Any

from training.compare.runs import RunResult
from training.compare.table import METRICS, Line, lines_of
from training.study.case import Case
from training.study.sweep import Sweep

MEAN = "mean of the models"


@dataclass(frozen=True)
class Series:
    """One model over the values of one sweep.

    Args:
        model: its label; ``MEAN`` for the mean of all models of the sweep.
        sweep: what varies; ``None`` if nothing does.
        values: of the sweep; one ``None`` if nothing varies.
        lines: of each value; what failed has no metrics in it.
        runs: of each value, those that ended well; all models' for ``MEAN``.
    """

    model: str
    sweep: Sweep | None
    values: tuple[Any, ...]
    lines: tuple[Line, ...]
    runs: tuple[tuple[RunResult, ...], ...]

    def best(self, split: str, metric: str) -> int | None:
        """Return the place of the best mean; ``None`` if no run ended well."""
        means = [line.mean(split, metric) for line in self.lines]
        known = {place: value for place, value in enumerate(means) if value is not None}
        if not known:
            return None
        return (max if metric == "auc" else min)(known, key=known.__getitem__)


def series_of(cases: Sequence[Case], results: Sequence[RunResult]) -> list[Series]:
    """Put results together: sweep by sweep, where there are several models their mean first.

    The mean is taken seed by seed over the runs of all models, so that its deviation is one over
    seeds; a seed at which a model failed has none.

    Args:
        cases: of the study.
        results: as many as there are so far.
    """
    by_label = {line.label: line for line in lines_of(results, {})}
    runs: dict[str, list[RunResult]] = {}
    for result in results:
        runs.setdefault(result.label, []).append(result)
    found = []
    for sweep in dict.fromkeys(case.sweep for case in cases):
        own = [case for case in cases if case.sweep is sweep]
        models = list(dict.fromkeys(case.model for case in own))
        each = [_series(model, sweep, own, by_label, runs) for model in models]
        if sweep is not None and len(models) > 1:
            found.append(_mean(sweep, each))
        found += each
    return found


def _series(
    model: str,
    sweep: Sweep | None,
    cases: Sequence[Case],
    lines: Mapping[str, Line],
    runs: Mapping[str, Sequence[RunResult]],
) -> Series:
    own = [case for case in cases if case.model == model]
    return Series(
        model,
        sweep,
        tuple(case.value for case in own),
        tuple(lines.get(case.label, _nothing(case.label)) for case in own),
        tuple(_ended_well(runs.get(case.label, ())) for case in own),
    )


def _mean(sweep: Sweep, each: Sequence[Series]) -> Series:
    lines, all_runs = [], []
    for place, value in enumerate(each[0].values):
        by_model = [{run.seed: run for run in series.runs[place]} for series in each]
        seeds = [seed for seed in by_model[0] if all(seed in runs for runs in by_model)]
        values = {
            (split, metric): tuple(
                mean(_metric(runs[seed], split, metric) for runs in by_model) for seed in seeds
            )
            for split, metric in METRICS
        }
        failed = sum(len(series.lines[place].failed) for series in each)
        why = (f"{failed} of its runs failed",) if failed else ()
        lines.append(Line(f"{MEAN}, {sweep.name} {sweep.text(value)}", values, 0.0, None, why))
        all_runs.append(tuple(runs[seed] for runs in by_model for seed in seeds))
    return Series(MEAN, sweep, each[0].values, tuple(lines), tuple(all_runs))


def _nothing(label: str) -> Line:
    return Line(label, dict.fromkeys(METRICS, ()), 0.0, None, ())


def _ended_well(runs: Sequence[RunResult]) -> tuple[RunResult, ...]:
    return tuple(run for run in runs if run.run is not None)


def _metric(result: RunResult, split: str, metric: str) -> float:
    return float((result.run or {})["metrics"][split][metric])
