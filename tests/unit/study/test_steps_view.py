import csv
import io
import json
from pathlib import Path

import pytest
from matplotlib.figure import Figure

from tests.unit.study.made import four_by_two, two_models
from training.compare.runs import RunResult
from training.study.series import series_of
from training.study.steps_view import CURVES, Curve, steps_view
from training.study.view import View


def entry(step: int, auc: float) -> dict[str, float]:
    return {
        "step": step,
        "epoch": step / 10,
        "train_log_loss": 0.5,
        "valid_auc": auc,
        "valid_log_loss": 1 - auc,
    }


@pytest.fixture
def view(tmp_path: Path) -> View:
    """Four layers learn faster; DGP's second seed was looked at once more."""
    plan, cases = two_models()
    runs = [
        RunResult(run.label, run.seed, tmp_path / str(place), run.run)
        for place, run in enumerate(four_by_two(cases))
    ]
    for run in runs:
        run.folder.mkdir()
        curve = [0.6, 0.7, 0.69] if run.label.endswith("0") else [0.7, 0.72, 0.71]
        entries = [entry(10 * place, auc) for place, auc in enumerate(curve, start=1)]
        if run.label == "DGP, layers 4" and run.seed == 2:
            entries.append(entry(40, 0.9))
        lines = "".join(json.dumps(each) + "\n" for each in entries)
        (run.folder / "metrics.jsonl").write_text(lines)
    cosines = {"Int, layers 0": None, "Int, layers 4": None, "DGP, layers 0": 0.5}
    return steps_view(
        series_of(cases, runs), plan.sweeps[0], lambda run: cosines.get(run.label, 0.25)
    )


def test_the_mean_is_taken_where_all_runs_were_looked_at():
    curve = Curve.mean_of([[entry(1, 0.5), entry(2, 0.7)], [entry(2, 0.5), entry(3, 0.9)]])
    assert curve.steps == (2,)
    assert curve.values["valid_auc"] == pytest.approx((0.6,))
    assert Curve.mean_of([]).best() is None


def test_the_table_says_how_fast_each_value_learns(view: View):
    rows = {(row[0], row[1]): list(row[2:]) for row in view.tables[0].rows}
    assert rows["mean of the models", "0"] == [*("0.7000", "20", "0.3000", "0.6900", "20", "")]
    assert rows["DGP", "4"] == ["0.7200", "20", "0.2800", "0.7100", "10", "0.2500"]
    assert rows["DGP", "0"][-1] == "0.5000"
    assert rows["Int", "4"][-1] == ""
    assert view.said == ["layers: 4 reaches the highest valid AUC, 0.7200 (mean of the models)."]


def test_every_evaluation_of_every_run_is_in_the_file(view: View):
    rows = list(csv.DictReader(io.StringIO(view.files[CURVES])))
    assert len(rows) == 8 * 3 + 1
    last = [row for row in rows if row["step"] == "40"]
    assert [(row["model"], row["model.layers"], row["seed"]) for row in last] == [("DGP", "4", "2")]
    assert float(last[0]["valid_auc"]) == 0.9


def test_the_plot_has_a_row_for_the_mean_and_each_model_and_a_curve_for_each_value(view: View):
    figure = view.figure
    assert isinstance(figure, Figure)
    assert [axes.get_title() for axes in figure.axes[::2]] == ["mean of the models", "Int", "DGP"]
    for axes in figure.axes:
        assert [list(line.get_xdata()) for line in axes.lines] == [[10, 20, 30]] * 2


def test_runs_that_all_failed_leave_a_table_that_says_so():
    plan, cases = two_models()
    view = steps_view(series_of(cases, []), plan.sweeps[0], lambda run: None)
    assert view.figure is None
    assert {row[2] for row in view.tables[0].rows} == {"failed"}
