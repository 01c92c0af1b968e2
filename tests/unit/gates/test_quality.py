"""Gates on scores: what must pass, and what each of them must stop."""

from dataclasses import replace

import numpy as np
import pytest

from model.errors import InvalidInputError
from training.evaluate.level_sums import LevelSums
from training.evaluate.scored import Scored
from training.gates.quality import quality_gates, score_shift
from training.gates.thresholds import GateThresholds

ROWS = 20_000
LIMITS = GateThresholds(bootstrap_samples=50)


def scored(labels: np.ndarray, logits: np.ndarray) -> Scored:
    return Scored(labels, logits.astype(np.float32), None, LevelSums.zero(1))


@pytest.fixture(scope="module")
def rows():
    source = np.random.default_rng(1)
    truth = source.normal(-1.5, 1.0, ROWS)
    labels = (source.random(ROWS) < 1 / (1 + np.exp(-truth))).astype(np.float32)
    return labels, truth, source


def failed(results) -> set[str]:
    return {result.name for result in results if not result.passed}


def test_a_model_as_good_as_the_live_one_passes(rows):
    labels, truth, _ = rows
    results = quality_gates(scored(labels, truth), scored(labels, truth), [], LIMITS)
    assert failed(results) == set()
    assert [result.name for result in results] == [
        "finite scores",
        "auc",
        "log loss",
        "normalised entropy",
        "calibration",
        "calibration of slices",
        "score shift",
    ]


def test_without_a_live_release_it_is_measured_alone(rows):
    labels, truth, _ = rows
    names = [result.name for result in quality_gates(scored(labels, truth), None, [], LIMITS)]
    assert names == ["finite scores", "normalised entropy", "calibration", "calibration of slices"]


def test_a_model_of_shuffled_labels_fails(rows):
    labels, truth, source = rows
    shuffled = scored(labels, source.permutation(truth))
    assert {"auc", "log loss", "normalised entropy"} <= failed(
        quality_gates(shuffled, scored(labels, truth), [], LIMITS)
    )


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_one_score_that_is_not_finite_fails_and_nothing_else_is_measured(rows, bad: float):
    labels, truth, _ = rows
    broken = truth.copy()
    broken[17] = bad
    results = quality_gates(scored(labels, broken), scored(labels, truth), [], LIMITS)
    assert failed(results) == {"finite scores"}
    assert len(results) == 1
    assert "1 of 20,000 scores" in results[0].reason


@pytest.mark.parametrize("offset", [-0.5, 0.5])
def test_a_miscalibrated_offset_fails_though_its_auc_is_the_same(rows, offset: float):
    labels, truth, _ = rows
    results = quality_gates(scored(labels, truth + offset), scored(labels, truth), [], LIMITS)
    assert {"log loss", "calibration"} <= failed(results)
    assert "auc" not in failed(results)


def test_a_margin_is_kept_with_confidence_not_on_average(rows):
    labels, truth, source = rows
    noisy = scored(labels, truth + 0.3 * source.normal(size=ROWS))
    few = slice(0, 300)
    narrow = [
        replace(scored(labels[few], each.logits[few])) for each in (noisy, scored(labels, truth))
    ]
    wide_margin = replace(LIMITS, auc_margin=0.2, log_loss_margin=0.2)
    tight = quality_gates(*narrow, [], LIMITS)
    assert "auc" in failed(tight)  # 300 rows cannot show that it is within 0.002
    assert "with confidence 0.9" in next(each.reason for each in tight if each.name == "auc")
    assert not {"auc", "log loss"} & failed(quality_gates(*narrow, [], wide_margin))


def test_scores_of_another_shape_fail(rows):
    labels, truth, _ = rows
    sharp = scored(labels, 3 * (truth + 1.5) - 1.5)
    results = quality_gates(sharp, scored(labels, truth), [], LIMITS)
    assert "score shift" in failed(results)
    assert score_shift(truth.astype(np.float32), truth.astype(np.float32)) == pytest.approx(0)


def slice_of(ratio: float | None, deviation: float):
    return {"field": "C1", "level": "a", "rows": 900, "ratio": ratio, "deviation": deviation}


@pytest.mark.parametrize(
    ("ratio", "deviation", "is_off"),
    [
        (1.2, 9.0, False),  # certain, and small
        (3.0, 2.0, False),  # large, and chance
        (3.0, 9.0, True),
        (0.3, -9.0, True),
        (None, 9.0, True),  # no click at all
    ],
)
def test_a_slice_must_be_off_by_much_and_not_by_chance(rows, ratio, deviation, is_off):
    labels, truth, _ = rows
    results = quality_gates(scored(labels, truth), None, [slice_of(ratio, deviation)], LIMITS)
    assert ("calibration of slices" in failed(results)) is is_off


def test_other_rows_than_the_candidates_are_refused(rows):
    labels, truth, _ = rows
    with pytest.raises(InvalidInputError, match="live: must be scored on the candidate's rows"):
        quality_gates(scored(labels, truth), scored(1 - labels, truth), [], LIMITS)
