from matplotlib.figure import Figure

from tests.unit.study.made import failed, four_by_two, two_models
from training.study.paper import PUBLISHED
from training.study.series import series_of
from training.study.settings_view import settings_view


def test_the_papers_layout_has_a_column_for_each_value_and_the_papers_figures():
    _, cases = two_models()
    view = settings_view(series_of(cases, four_by_two(cases)), "table3", as_table=True)
    table = view.tables[0]
    assert list(table.heads) == ["layers", "0", "4"]
    rows = {row[0]: list(row[1:]) for row in table.rows}
    assert rows["test AUC, mean of the models"] == ["0.7100 ± 0.0141", "**0.7600** ± 0.0141"]
    assert rows["AUC, paper, Criteo"] == ["0.7921", "**0.8085**"]
    assert rows["LogLoss, paper, iPinYou"] == ["0.005604", "**0.005578**"]
    assert "2 at most" in table.note
    assert not view.figure_first


def test_a_value_that_the_paper_does_not_have_is_empty_beside_it():
    _, cases = two_models()
    view = settings_view(series_of(cases, four_by_two(cases)), "table4", as_table=True)
    rows = {row[0]: list(row[1:]) for row in view.tables[0].rows}
    assert rows["AUC, paper, Avazu"] == ["", "**0.7684**"]


def test_every_model_has_its_lines_and_what_was_found_is_said():
    _, cases = two_models()
    view = settings_view(series_of(cases, four_by_two(cases)), "table3", as_table=False)
    (table,) = view.tables
    assert [row[:2] for row in table.rows] == [
        *(["mean of the models", "0"], ["mean of the models", "4"]),
        *(["Int", "0"], ["Int", "4"], ["DGP", "0"], ["DGP", "4"]),
    ]
    assert list(table.rows[-1][2:]) == [
        *("**0.7800** ± 0.0141", "0.4850 ± 0.0071"),  # of equals the first is bold
        *("**0.7700** ± 0.0141", "0.4850 ± 0.0071", "1,234", "2.0"),
    ]
    assert view.said == [
        "layers: the valid rows choose 4 (mean of the models; test AUC 0.7600 ± 0.0141, LogLoss "
        "0.4850 ± 0.0071). In the paper it is 4 on Criteo, 3 on Avazu, 3 on iPinYou."
    ]


def test_the_plot_has_two_panels_a_sweep_and_a_line_for_each_series():
    _, cases = two_models()
    figure = settings_view(series_of(cases, four_by_two(cases)), None, as_table=False).figure
    assert isinstance(figure, Figure)
    assert [axes.get_ylabel() for axes in figure.axes] == ["test AUC", "test LogLoss"]
    labels = [text.get_text() for text in figure.axes[0].get_legend().get_texts()]
    assert labels == ["mean of the models", "Int", "DGP"]
    assert [text.get_text() for text in figure.axes[0].get_xticklabels()] == ["0", "4"]


def test_runs_that_all_failed_leave_a_table_that_says_so():
    _, cases = two_models()
    view = settings_view(series_of(cases, [failed(case, 1) for case in cases]), None, True)
    assert view.figure is None
    assert view.said == []
    assert list(view.tables[0].rows[0][1:]) == ["failed", "failed"]


def test_the_papers_tables_are_whole():
    layers, subspaces = PUBLISHED["table3"].figures, PUBLISHED["table4"].figures
    assert list(layers) == list(subspaces) == ["Criteo", "Avazu", "iPinYou"]
    assert layers["Criteo"][4] == (0.8085, 0.4432)
    assert layers["Avazu"][0] == (0.7547, 0.3985)
    assert layers["iPinYou"][5] == (0.7774, 0.005582)
    assert subspaces["Criteo"][16] == (0.8125, 0.4397)
    assert subspaces["Avazu"][4] == (0.7684, 0.3867)
    assert subspaces["iPinYou"][8] == (0.7790, 0.005568)
