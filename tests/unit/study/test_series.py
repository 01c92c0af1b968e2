import pytest

from tests.unit.study.made import failed, four_by_two, made, two_models
from training.study.series import MEAN, series_of


def test_the_mean_of_the_models_comes_first_and_is_taken_seed_by_seed():
    _, cases = two_models()
    series = series_of(cases, four_by_two(cases))
    assert [each.model for each in series] == [MEAN, "Int", "DGP"]
    assert series[0].values == (0, 4)
    # Of seed 1 (0.74 + 0.76) / 2, of seed 2 0.02 more: the deviation is that of seeds alone.
    assert series[0].lines[1].values["test", "auc"] == pytest.approx((0.75, 0.77))
    assert series[0].lines[1].deviation("test", "auc") == pytest.approx(0.02 / 2**0.5)
    assert series[0].best("test", "auc") == 1
    assert series[2].lines[1].mean("test", "auc") == pytest.approx(0.77)
    assert [run.seed for run in series[2].runs[1]] == [1, 2]


def test_a_seed_at_which_a_model_failed_is_not_in_the_mean():
    _, cases = two_models()
    results = four_by_two(cases)
    results[3] = failed(cases[3], 1)  # DGP 4
    series = series_of(cases, results)
    assert series[0].lines[1].values["test", "auc"] == pytest.approx((0.77,))
    assert series[0].lines[1].failed == ("1 of its runs failed",)
    assert series[2].lines[1].failed == ("it diverged",)


def test_one_model_has_no_mean_and_what_is_not_there_yet_has_no_metrics():
    _, cases = two_models()
    own = [case for case in cases if case.model == "Int"]
    series = series_of(own, [made(own[0], 1, 0.7, 0.5)])
    assert [each.model for each in series] == ["Int"]
    assert series[0].lines[1].mean("test", "auc") is None
    assert series[0].best("valid", "log_loss") == 0
    assert series_of(own, [])[0].best("valid", "auc") is None
