"""The table of docs/results.md comes from the runs beside it."""

import csv
import re
import statistics
from pathlib import Path

from scipy.stats import t as student

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGE = (DOCS / "results.md").read_text()
TABLE = PAGE.split("<!-- criteo: begin -->")[1].split("<!-- criteo: end -->")[0]
METRICS = ("valid_auc", "test_auc", "test_log_loss")


def read_runs() -> dict[str, dict[str, list[float]]]:
    runs: dict[str, dict[str, list[float]]] = {}
    with (DOCS / "results" / "criteo_70k.csv").open() as file:
        for row in csv.DictReader(file):
            of_model = runs.setdefault(row["model"], {metric: [] for metric in METRICS})
            for metric in METRICS:
                of_model[metric].append(float(row[metric]))
    return runs


RUNS = read_runs()


def difference(model: str, other: str) -> str:
    pairs = zip(RUNS[model]["test_auc"], RUNS[other]["test_auc"], strict=True)
    found = [one - two for one, two in pairs]
    half = student.ppf(0.975, len(found) - 1) * statistics.stdev(found) / len(found) ** 0.5
    return f"{statistics.mean(found):+.4f} ± {half:.4f}"


def test_the_table_is_made_of_the_runs():
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in TABLE.strip().splitlines()[2:]
    ]
    assert [row[0].strip("*") for row in rows] == list(RUNS)
    for row in rows:
        model = row[0].strip("*")
        for cell, metric in zip(row[1:4], METRICS, strict=True):
            values = RUNS[model][metric]
            assert len(values) == 5
            assert cell == f"{statistics.mean(values):.4f} ± {statistics.stdev(values):.4f}", model
        assert row[4] == ("" if model == "LR" else difference(model, "LR")), model


def test_the_differences_in_the_text_are_those_of_the_runs():
    said = re.sub(r"\s+", " ", PAGE.split("**What it says.**")[1].split("What was found")[0])
    for model, other in (
        ("DynInt-DGP + deep", "DeepFM"),
        ("DynInt-DGP + deep", "xDeepInt"),
        ("xDeepInt", "DeepFM"),
        ("DynInt-DA", "xDeepInt"),
        ("DynInt-DWP", "xDeepInt"),
        ("DynInt-DGP", "xDeepInt"),
        ("xDeepInt by hand", "DeepFM"),
        ("DynInt-DGP + deep", "xDeepInt by hand"),
    ):
        assert difference(model, other) in said, (model, other)
