import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit
from sklearn import metrics as sk

from model.errors import InvalidInputError
from training.evaluate.distance_to_bayes import distance_to_bayes
from training.evaluate.metrics import (
    auc,
    base_entropy,
    calibration_ratio,
    log_loss,
    normalised_entropy,
    probabilities,
)
from training.evaluate.reliability import Reliability


@st.composite
def scored(draw):
    """Labels of both classes, and logits with many ties."""
    size = draw(st.integers(2, 60))
    labels = draw(st.lists(st.integers(0, 1), min_size=size, max_size=size))
    logits = draw(
        st.lists(st.floats(-15, 15, width=32) | st.integers(-2, 2), min_size=size, max_size=size)
    )
    return np.array([0, 1, *labels], np.float32), np.array([0, 0, *logits], np.float32)


@given(scored())
@settings(deadline=None)
def test_auc_agrees_with_scikit_learn(pair):
    labels, logits = pair
    assert abs(auc(labels, logits) - sk.roc_auc_score(labels, logits)) < 1e-9


@given(scored())
@settings(deadline=None)
def test_log_loss_agrees_with_scikit_learn(pair):
    labels, logits = pair
    p = expit(logits.astype(np.float64))
    assert abs(log_loss(labels, logits) - sk.log_loss(labels, p)) < 1e-9


@given(scored())
@settings(deadline=None)
def test_auc_is_the_share_of_pairs_in_order(pair):
    labels, logits = pair
    positive, negative = logits[labels == 1, None], logits[None, labels == 0]
    share = np.mean((positive > negative) + (positive == negative) / 2)
    assert abs(auc(labels, logits) - share) < 1e-9


def test_ties_count_half():
    assert auc(np.array([0.0, 1.0]), np.array([3.0, 3.0])) == 0.5


def test_log_loss_of_a_confident_error_is_its_logit_and_not_infinite():
    labels, logits = np.array([1.0, 0.0]), np.array([-800.0, -800.0])
    assert log_loss(labels, logits) == 400.0


def test_normalised_entropy_of_the_base_rate_is_one():
    labels = np.array([1.0, 0.0, 0.0, 0.0])
    logits = np.full(4, math.log(1 / 3))
    assert normalised_entropy(labels, logits) == pytest.approx(1.0, abs=1e-12)
    assert base_entropy(labels) == pytest.approx(0.25 * math.log(4) + 0.75 * math.log(4 / 3))


def test_calibration_ratio_is_predicted_over_observed():
    labels = np.array([1.0, 0.0, 0.0, 0.0])
    assert calibration_ratio(labels, np.zeros(4)) == 2.0


def test_probabilities_do_not_overflow():
    p = probabilities(np.array([-1000.0, 0.0, 1000.0]))
    assert p.tolist() == [0.0, 0.5, 1.0]


@pytest.mark.parametrize("metric", [auc, log_loss, normalised_entropy, calibration_ratio])
def test_one_class_is_an_error_that_says_so(metric):
    with pytest.raises(InvalidInputError, match="must hold both classes; received 0 ones in 3"):
        metric(np.zeros(3), np.zeros(3))


def test_other_labels_are_an_error():
    with pytest.raises(InvalidInputError, match="labels: must be 0 or 1"):
        auc(np.array([0.0, 0.5, 1.0]), np.zeros(3))


def test_a_logit_that_is_not_finite_is_an_error():
    with pytest.raises(InvalidInputError, match="logits: must be finite"):
        auc(np.array([0.0, 1.0]), np.array([0.0, np.nan]))


def test_lengths_must_agree():
    with pytest.raises(InvalidInputError, match="one per label"):
        auc(np.array([0.0, 1.0]), np.zeros(3))


def test_reliability_cuts_rows_in_bins_of_equal_size():
    p = np.array([0.9, 0.1, 0.2, 0.8])
    labels = np.array([1.0, 0.0, 1.0, 1.0])
    bins = Reliability.of(labels, p, bins=2)
    assert bins.rows.tolist() == [2, 2]
    np.testing.assert_allclose(bins.predicted, [0.15, 0.85])
    np.testing.assert_allclose(bins.observed, [0.5, 1.0])
    assert bins.error == pytest.approx((0.35 + 0.15) / 2)


def test_more_bins_than_rows_leave_no_bin_empty():
    bins = Reliability.of(np.array([0.0, 1.0]), np.array([0.1, 0.7]), bins=20)
    assert bins.rows.tolist() == [1, 1]


def test_the_truth_itself_is_at_no_distance_from_it():
    truth = np.array([0.2, 0.7, 0.4, 0.9])
    labels = np.array([0.0, 1.0, 0.0, 1.0])
    logits = np.log(truth / (1 - truth))
    distance = distance_to_bayes(labels, logits, truth)
    assert distance["auc_gap"] == 0
    assert distance["log_loss_gap"] == pytest.approx(0, abs=1e-12)
    assert distance["probability_error"] == pytest.approx(0, abs=1e-12)


def test_a_model_that_knows_nothing_is_worse_than_the_truth():
    truth = np.array([0.2, 0.7, 0.4, 0.9])
    labels = np.array([0.0, 1.0, 0.0, 1.0])
    distance = distance_to_bayes(labels, np.zeros(4), truth)
    assert distance["auc_gap"] == 0.5
    assert distance["log_loss_gap"] > 0
