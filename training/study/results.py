"""What a study found, as ``results.json`` and ``results.csv`` hold it."""

import csv
import io
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from training.compare.runs import RunResult
from training.compare.table import METRICS
from training.study.case import Case
from training.study.provenance import changed
from training.study.record import Record
from training.study.view import View

_NUMBERS = (
    *("steps", "best_step", "stopped_early", "dense_parameters", "zero_rows"),
    *("train_seconds", "examples_per_second"),
)


def collect(
    record: Record, cases: Sequence[Case], results: Sequence[RunResult], view: View
) -> dict[str, Any]:
    """Put everything into one JSON object, with all that tells where it is from.

    Args:
        record: of the study.
        cases: of the study.
        results: of the runs so far.
        view: of these results.
    """
    by_label = {case.label: case for case in cases}
    about = record.content
    return {
        "title": about["title"],
        "about": about["about"],
        "view": about["view"],
        "said": list(view.said),
        "runs": [_of_run(by_label[result.label], result) for result in results],
        "failed": [
            f"{result.label}, seed {result.seed}: {result.error}"
            for result in results
            if result.run is None
        ],
        "seeds": about["seeds"],
        "data": about["data"],
        "versions": _versions(results),
        "sessions": about["sessions"],
        "configurations": about["cases"],
    }


def _of_run(case: Case, result: RunResult) -> dict[str, Any]:
    run = result.run
    found: dict[str, Any] = {
        "case": case.label,
        "model": case.model,
        "setting": None if case.sweep is None else case.sweep.setting,
        "value": list(case.value) if isinstance(case.value, tuple) else case.value,
        "seed": result.seed,
    }
    for split, metric in METRICS:
        found[f"{split}_{metric}"] = None if run is None else run["metrics"][split][metric]
    for name in _NUMBERS:
        found[name] = None if run is None else run[name]
    file = result.folder / "run.json"
    return found | {
        "finished": changed(file) if run is not None and file.exists() else None,
        "folder": str(Path(result.folder.parent.name) / result.folder.name),
        "error": result.error,
    }


def _versions(results: Sequence[RunResult]) -> list[dict[str, Any]]:
    """List the packages' versions that runs were made with, and how many with each set of them."""
    counted: Counter[tuple[tuple[str, str], ...]] = Counter(
        tuple(result.run.get("versions", {}).items()) for result in results if result.run
    )
    return [{"packages": dict(packages), "runs": number} for packages, number in counted.items()]


def as_csv(runs: Sequence[dict[str, Any]]) -> str:
    """Write a line per run with unrounded numbers; what is not known is empty."""
    out = io.StringIO()
    writer = csv.DictWriter(out, list(runs[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(runs)
    return out.getvalue()


def as_markdown(found: dict[str, Any], view: View) -> str:
    """Write the tables, with what was found before them and what failed after."""
    said = "".join(f"- {sentence}\n" for sentence in found["said"])
    failed = "".join(f"- {each}\n" for each in found["failed"])
    parts = [
        f"# {found['title']}\n\n{found['about']}\n",
        *([said] if said else []),
        *(table.markdown() for table in view.tables),
        *([f"## Failed\n\n{failed}"] if failed else []),
    ]
    return "\n".join(parts)
