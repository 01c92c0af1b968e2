import csv
import io
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure

from tests.unit.study.made import made, two_models
from training.compare.runs import RunResult
from training.study.kernel_spectra import CHANGE, START, TRAINED
from training.study.plan import StudyPlan
from training.study.series import series_of
from training.study.singular_values_view import FILE, singular_values_view
from training.study.spectrum import Spectrum
from training.study.view import View


def test_a_known_matrix():
    rotation = np.array([[0.6, -0.8], [0.8, 0.6]])
    found = Spectrum.of(rotation @ np.diag([4.0, 3.0]) @ rotation.T)
    np.testing.assert_allclose(found.values, [4, 3])
    np.testing.assert_allclose(found.scaled, [1, 0.75])
    np.testing.assert_allclose(found.energy, [16 / 25, 1])
    assert [found.rank_for(share) for share in (0.5, 0.64, 0.65, 1.0)] == [1, 1, 2, 2]


def test_any_matrix_has_numpys_singular_values():
    matrix = np.random.default_rng(0).normal(size=(7, 7)).astype(np.float32)
    found = Spectrum.of(matrix)
    np.testing.assert_allclose(
        found.values, np.linalg.svd(matrix.astype(np.float64))[1], rtol=1e-12
    )
    # The best matrix of rank 3 misses what the last four hold.
    U, s, Vt = np.linalg.svd(matrix.astype(np.float64))
    missed = np.linalg.norm(matrix - U[:, :3] * s[:3] @ Vt[:3]) ** 2 / np.linalg.norm(matrix) ** 2
    assert found.energy[2] == pytest.approx(1 - missed)


def test_a_zero_matrix_has_no_rank():
    found = Spectrum.of(np.zeros((3, 3)))
    np.testing.assert_array_equal(found.scaled, 0)
    np.testing.assert_array_equal(found.energy, 1)
    assert found.rank_for(0.9) == 0


@pytest.fixture
def view() -> View:
    """Two seeds of one network with two layers of three rows."""
    plan = StudyPlan.parse(
        {
            "title": "Values",
            "about": "Figure 4.",
            "view": "singular_values",
            "seeds": [1, 2],
            "models": {"Int": {"model": {"name": "xdeepint"}}},
        }
    )
    cases = plan.cases(100)

    def spectra(run: RunResult) -> list[dict[str, Spectrum]]:
        by_layer = {1: [2.0 * run.seed, 0.0, 0.0], 2: [2.0, 2.0, 1.0]}
        return [
            {
                TRAINED: Spectrum(np.array(values)),
                START: Spectrum(np.ones(3)),
                CHANGE: Spectrum(np.array([1.0, 0.5, 0.0])),
            }
            for values in by_layer.values()
        ]

    return singular_values_view(
        series_of(cases, [made(cases[0], seed, 0.7, 0.5) for seed in (1, 2)]), spectra
    )


def test_tables_say_what_rank_holds_how_much(view: View):
    ranks, shares = view.tables
    assert list(ranks.rows[0]) == ["Int", "1", "trained", "3", "3", "1", "1", "1"]
    assert list(ranks.rows[3]) == ["Int", "2", "trained", "2", "3", "2", "3", "3"]
    assert list(shares.heads[3:]) == ["1", "2", "3"]
    assert list(shares.rows[3]) == ["Int", "2", "trained", "44.4%", "88.9%", "100.0%"]
    assert list(shares.rows[4]) == ["Int", "2", "at the start", "33.3%", "66.7%", "100.0%"]
    assert view.said[1] == (
        "Int, layer 2: 90% of the energy is in the first 3 of 3 singular values, before training "
        "in 3; of the change that training made it is in the first 2."
    )


def test_the_file_has_every_value(view: View):
    rows = list(csv.DictReader(io.StringIO(view.files[FILE])))
    assert len(rows) == 2 * 3 * 2 * 3  # layers, kinds, seeds, ranks
    found = [
        row for row in rows if (row["layer"], row["weights"], row["seed"]) == ("1", TRAINED, "2")
    ]
    assert [float(row["singular_value"]) for row in found] == [4, 0, 0]


def test_the_plot_shows_each_layer_scaled_by_its_largest_value(view: View):
    assert isinstance(view.figure, Figure)
    scaled, energy = view.figure.axes
    lines = {line.get_label(): line for line in scaled.lines}
    np.testing.assert_allclose(lines["layer 1"].get_ydata(), [1, 0, 0])
    np.testing.assert_allclose(lines["layer 2"].get_ydata(), [1, 1, 0.5])
    assert energy.get_ylabel() == "share of the energy"


def test_runs_that_all_failed_show_nothing():
    _, cases = two_models()
    found = singular_values_view(series_of(cases, []), lambda run: [])
    assert (found.figure, list(found.tables)) == (None, [])
    assert Path(FILE).suffix == ".csv"
