import csv
import io
from pathlib import Path

import pytest

from training.compare.cost import Cost
from training.compare.paper import PUBLISHED
from training.compare.plot import plot_comparison
from training.compare.runs import RunResult
from training.compare.table import Line, as_csv, lines_of, markdown


def result(label: str, seed: int, auc: float, loss: float) -> RunResult:
    metrics = {
        "valid": {"auc": auc + 0.01, "log_loss": loss},
        "test": {"auc": auc, "log_loss": loss},
    }
    run = {"metrics": metrics, "examples_per_second": 1000.0 * seed}
    return RunResult(label, seed, Path(label), run)


@pytest.fixture
def lines() -> list[Line]:
    results = [
        result("FM", 1, 0.80, 0.45),
        RunResult("DNN", 1, Path("dnn"), None, "it diverged"),
        result("LR", 1, 0.79, 0.46),
        result("FM", 2, 0.82, 0.43),
        result("LR", 2, 0.79, 0.46),
    ]
    return lines_of(results, {"FM": Cost(10, 20_000, 3_500_000, 7.25)})


def test_lines_gather_each_models_seeds_in_the_order_the_models_come(lines: list[Line]):
    assert [line.label for line in lines] == ["FM", "DNN", "LR"]
    assert lines[0].values["test", "auc"] == (0.80, 0.82)
    assert lines[0].mean("test", "auc") == pytest.approx(0.81)
    assert lines[0].deviation("test", "auc") == pytest.approx(0.0141421, rel=1e-5)
    assert lines[0].examples_per_second == 1500
    assert lines[1].mean("test", "auc") is None
    assert lines[1].failed == ("it diverged",)


def test_markdown_marks_the_best_and_what_failed(lines: list[Line]):
    text = markdown(lines, PUBLISHED["criteo"])
    fm, dnn, lr = text.splitlines()[2:5]
    assert "**0.8100** ± 0.0141" in fm
    assert "| 10 | 20,000 | 3.500 | 1,500 | 7.2 ms | 0.8030 | 0.4487 |" in fm
    assert dnn.count("failed") == 4
    assert "0.7900 ± 0.0000" in lr
    assert "**" not in lr
    assert text.rstrip().endswith("- DNN: it diverged")
    widths = {line.count("|") for line in text.splitlines() if line.startswith("|")}
    assert len(widths) == 1


def test_csv_has_one_row_per_model_and_unrounded_numbers(lines: list[Line]):
    rows = list(csv.DictReader(io.StringIO(as_csv(lines))))
    assert [row["model"] for row in rows] == ["FM", "DNN", "LR"]
    assert float(rows[0]["test_log_loss_mean"]) == pytest.approx(0.44)
    assert rows[0]["flops_per_example"] == "3500000"
    assert (rows[1]["runs"], rows[1]["failed"], rows[1]["test_auc_mean"]) == ("0", "1", "")


def test_a_small_loss_has_digits_enough(lines: list[Line]):
    few = lines_of([result("LR", 1, 0.77, 0.005605)], {})
    assert "0.005605" in markdown(few, None)


def test_the_plot_is_a_picture(lines: list[Line], tmp_path: Path):
    plot_comparison(lines, "three models", tmp_path / "plot.png")
    assert (tmp_path / "plot.png").read_bytes().startswith(b"\x89PNG")


def test_the_papers_tables_are_whole():
    assert [len(each.figures) for each in PUBLISHED.values()] == [16, 16, 16, 12, 10]
    assert PUBLISHED["avazu"].figures["DynInt-DGP"] == (0.7686, 0.3867)
    assert PUBLISHED["ipinyou"].figures["DynInt-DGP"] == (0.7813, 0.005547)
    assert PUBLISHED["criteo_layers"].figures["DCN"] == (0.7941, 0.4566)
