"""Train models side by side and write the table."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from model.errors import CheckFailedError, InvalidInputError
from training.compare.cost import measure_costs
from training.compare.paper import PUBLISHED
from training.compare.plan import Plan
from training.compare.plot import plot_comparison
from training.compare.raw import Raw, prepare_raw
from training.compare.runs import RunResult, run_all
from training.compare.table import as_csv, lines_of, markdown
from training.train.prepared_data import PreparedData
from training.writing import writing

FILES = ("comparison.md", "comparison.csv", "comparison.png", "comparison.json")


def compare(plan: Plan, data: Path | Raw, out: Path, beside: str | None = None) -> dict[str, Any]:
    """Train every model of a plan with every seed, then measure what each costs.

    Run again with the same arguments it does only what is missing.

    Args:
        plan: the models and seeds.
        data: prepared data, or raw logs, which are prepared below ``out`` as the plan says.
        out: folder of the runs and of ``FILES``, which are written anew after each seed.
        beside: a key of ``PUBLISHED``, whose figures stand beside.

    Returns:
        What ``comparison.json`` holds.

    Raises:
        InvalidInputError: for an unknown ``beside``, data that cannot be used, or an ``out`` whose table is of
            other data.
        CheckFailedError: if every run failed.
    """
    if beside is not None and beside not in PUBLISHED:
        raise InvalidInputError(
            f"beside: must be one of {', '.join(PUBLISHED)}; received {beside!r}"
        )
    with writing(out):
        out.mkdir(parents=True, exist_ok=True)
        folders = _folders(plan, data, out)
        opened = {path: PreparedData.open(path) for path in dict.fromkeys(folders.values())}
        prepared = list(opened.values())
        for each in prepared:
            each.require_labels()
        if not isinstance(data, Raw):  # raw logs have been held against their note
            _require_same(out, prepared)
        data_of = {seed: opened[path] for seed, path in folders.items()}
        results: list[RunResult] = []
        for result in run_all(plan, data_of, out):
            results.append(result)
            if len(results) % len(plan.models) == 0:
                _write(results, out, prepared, beside, measured=False)
        found = _write(results, out, prepared, beside, measured=True)
    if all(result.run is None for result in results):
        raise CheckFailedError(f"runs: one at least must end well; all failed: {results[0].error}")
    return found


def _folders(plan: Plan, data: Path | Raw, out: Path) -> dict[int, Path]:
    """Find the prepared data of each seed."""
    if isinstance(data, Raw):
        return prepare_raw(data, plan.prepare, out, plan.seeds)
    if plan.prepare["deal_anew"]:
        raise InvalidInputError(
            "config: [prepare] deal_anew must be false for data that is prepared already; received "
            "true. Give the logs by --raw"
        )
    return dict.fromkeys(plan.seeds, data)


def _require_same(out: Path, data: list[PreparedData]) -> None:
    """Refuse to put a table in the place of one on other data."""
    try:
        found = json.loads((out / "comparison.json").read_text(encoding="utf-8"))
        before = {each["digest"] for each in found["data"]}
    except (OSError, ValueError, KeyError, TypeError):  # none, or not whole: nothing to lose
        return
    if before.isdisjoint(each.digest for each in data):
        raise InvalidInputError(
            f"out: must be of the same data; {out / 'comparison.json'} is of another. Give another folder"
        )


def _write(
    results: list[RunResult],
    out: Path,
    data: list[PreparedData],
    beside: str | None,
    measured: bool,
) -> dict[str, Any]:
    """Write all files; costs are measured once, at the end."""
    first: dict[str, Path] = {}
    for result in results:
        if result.run is not None:
            first.setdefault(result.label, result.folder)
    lines = lines_of(results, measure_costs(first) if measured else {})
    published = None if beside is None else PUBLISHED[beside]
    table = markdown(lines, published)
    about = "" if published is None else f"\nPublished: {published.about}.\n"
    (out / "comparison.md").write_text(table + about, encoding="utf-8")
    (out / "comparison.csv").write_text(as_csv(lines), encoding="utf-8")
    title = f"{len(lines)} models on {data[0].path.name}"
    plot_comparison(lines, title, out / "comparison.png")
    found = {
        "data": [{"path": str(each.path), "digest": each.digest} for each in data],
        "models": [
            {
                "model": line.label,
                "metrics": {
                    f"{split}_{metric}": list(values)
                    for (split, metric), values in line.values.items()
                },
                "examples_per_second": line.examples_per_second,
                "cost": None if line.cost is None else asdict(line.cost),
                "failed": list(line.failed),
            }
            for line in lines
        ],
    }
    (out / "comparison.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    return found | {"table": table}
