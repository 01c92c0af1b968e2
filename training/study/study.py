"""Train what a study names and show what comes out."""

import json
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from model.console import say
from model.errors import CheckFailedError
from model.trained import TrainedModel
from training.compare.plan import Plan
from training.compare.runs import RunResult, Trainer, run_all
from training.picture import as_svg, save
from training.study.case import Case
from training.study.kernel_spectra import kernel_spectra
from training.study.mean_cosine import mean_cosine
from training.study.plan import StudyPlan
from training.study.record import Record
from training.study.report import report
from training.study.results import as_csv, as_markdown, collect
from training.study.series import Series, series_of
from training.study.settings_view import settings_view
from training.study.singular_values_view import singular_values_view
from training.study.steps_view import steps_view
from training.study.view import View
from training.train.child import Outcome, train_in_child
from training.train.prepared_data import PreparedData
from training.train.run_folder import RunFolder
from training.train.whole_file import write_whole
from training.writing import writing

_COSINE_ROWS = 1024
"""Instances by which vectors that depend on them are measured."""


def study(
    plan: StudyPlan, data: Path, out: Path, train: Trainer = train_in_child
) -> dict[str, Any]:
    """Train every model at every value with every seed, then write tables, plot and report.

    Run again with the same arguments it does only what is missing; with more seeds or values it
    adds them.

    Args:
        plan: what is studied.
        data: prepared data.
        out: folder of the runs and of the files, which are written anew after each seed.
        train: trains one run.

    Returns:
        What ``results.json`` holds, with ``table``, the Markdown of its tables, and ``files``.

    Raises:
        InvalidInputError: for data that cannot be used, or a folder of another study.
        CheckFailedError: if every run failed.
    """
    prepared = PreparedData.open(data)
    prepared.require_labels()
    cases = plan.cases(prepared.split("train").rows)
    runs = len(cases) * len(plan.base.seeds)
    with writing(out):
        out.mkdir(parents=True, exist_ok=True)
        record = Record.open(out, plan, cases, prepared)
        say(f"{plan.title}: runs {runs} (settings {len(cases)}, seeds {len(plan.base.seeds)})")
        results: list[RunResult] = []
        found: dict[str, Any] = {}
        for result in _runs(plan, cases, prepared, out, record, train):
            results.append(result)
            if len(results) % len(cases) == 0:
                found = _write(plan, prepared, cases, results, record, out)
    if all(result.run is None for result in results):
        raise CheckFailedError(f"runs: one at least must end well; all failed: {results[0].error}")
    return found


def _runs(
    plan: StudyPlan,
    cases: Sequence[Case],
    data: PreparedData,
    out: Path,
    record: Record,
    train: Trainer,
) -> Iterator[RunResult]:
    """Train; of a finished run stay its model and its logs, not what only resuming it needs."""
    trained = 0

    def counted(*arguments: Any) -> Outcome:
        nonlocal trained
        trained += 1
        return train(*arguments)

    wanted = Plan({case.label: case.config for case in cases}, plan.base.seeds)
    for result in run_all(wanted, dict.fromkeys(wanted.seeds, data), out, "study", counted):
        if result.run is not None:
            shutil.rmtree(RunFolder(result.folder).checkpoints.path, ignore_errors=True)
        record.note(trained)
        yield result


def _write(
    plan: StudyPlan,
    data: PreparedData,
    cases: Sequence[Case],
    results: Sequence[RunResult],
    record: Record,
    out: Path,
) -> dict[str, Any]:
    """Write all files of the results so far."""
    view = _view(plan, data, series_of(cases, results))
    found = collect(record, cases, results, view)
    files = {
        "results.csv": as_csv(found["runs"]),
        **view.files,
        "results.json": json.dumps(found, indent=1, allow_nan=False) + "\n",
    }
    svg = "" if view.figure is None else as_svg(view.figure)
    pages = {"results.md": as_markdown(found, view), "report.html": report(found, view, svg, files)}
    for name, text in {**files, **pages, **({"plot.svg": svg} if svg else {})}.items():
        write_whole(out / name, text)
    if view.figure is not None:
        save(view.figure, out / "plot.png")
    pictures = ["plot.png", "plot.svg"] if svg else []
    return found | {
        "table": "\n".join(table.markdown() for table in view.tables),
        "files": [*pages, *files, *pictures],
    }


def _view(plan: StudyPlan, data: PreparedData, series: Sequence[Series]) -> View:
    if plan.view == "singular_values":
        return singular_values_view(series, kernel_spectra)
    if plan.view == "steps":
        ids = next(iter(data.split("valid").blocks())).ids[:_COSINE_ROWS]
        return steps_view(
            series,
            plan.sweeps[0],
            lambda run: mean_cosine(TrainedModel.load(run.folder / "model"), ids),
        )
    return settings_view(series, plan.beside, plan.view == "table")
