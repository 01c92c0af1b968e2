"""Two models on the same rows, and how sure their difference is."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from model.errors import InvalidInputError
from training.evaluate.metrics import auc, log_loss
from training.gates.paired_bootstrap import paired_bootstrap


def rows(count: int, seed: int = 1):
    source = np.random.default_rng(seed)
    truth = source.normal(size=count).astype(np.float32)
    labels = (source.random(count) < 1 / (1 + np.exp(-truth))).astype(np.float32)
    return labels, truth, source


def test_the_figures_are_those_of_all_rows():
    labels, truth, source = rows(2_000)
    other = truth + source.normal(size=2_000).astype(np.float32)
    found = paired_bootstrap(labels, truth, other, samples=50)
    assert found.auc.candidate == auc(labels, truth)
    assert found.auc.live == auc(labels, other)
    assert found.log_loss.difference == pytest.approx(
        log_loss(labels, truth) - log_loss(labels, other)
    )
    assert found.auc.low < found.auc.difference < found.auc.high
    assert found.log_loss.low < found.log_loss.difference < found.log_loss.high


def test_the_same_scores_do_not_differ_at_all():
    labels, truth, _ = rows(500)
    found = paired_bootstrap(labels, truth, truth.copy(), samples=20)
    assert (found.auc.low, found.auc.high) == (0.0, 0.0)
    assert (found.log_loss.low, found.log_loss.high) == (0.0, 0.0)


def test_resampled_aucs_are_scikit_learns_with_the_weights():
    labels, truth, _ = rows(300)
    coarse = np.round(truth)  # ties
    found = paired_bootstrap(labels, coarse, truth, samples=3, level=0.9999, seed=7)
    source = np.random.default_rng(7)
    gaps = []
    for _ in range(3):
        weights = source.poisson(1.0, 300).astype(float)
        gaps.append(
            roc_auc_score(labels, coarse, sample_weight=weights)
            - roc_auc_score(labels, truth, sample_weight=weights)
        )
    assert found.auc.low == pytest.approx(min(gaps), abs=1e-4)
    assert found.auc.high == pytest.approx(max(gaps), abs=1e-4)


def test_nine_intervals_of_ten_hold_the_true_difference():
    """Of a difference that is known: that of many rows."""
    inside, trials = 0, 100
    labels, truth, source = rows(200_000, seed=3)
    noisy = (truth + 0.5 * source.normal(size=200_000)).astype(np.float32)
    true = auc(labels, truth) - auc(labels, noisy)
    for trial in range(trials):
        part = slice(trial * 2_000, (trial + 1) * 2_000)
        found = paired_bootstrap(labels[part], truth[part], noisy[part], samples=100, seed=trial)
        inside += found.auc.low <= true <= found.auc.high
    assert 0.8 <= inside / trials <= 0.98


def test_labels_of_one_class_are_refused():
    with pytest.raises(InvalidInputError, match="both classes"):
        paired_bootstrap(np.ones(5, np.float32), np.zeros(5, np.float32), np.zeros(5, np.float32))
