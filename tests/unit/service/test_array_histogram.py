import numpy as np
import pytest
from prometheus_client import CollectorRegistry, Histogram, generate_latest

from service.array_histogram import ArrayHistogram
from service.metrics import SCORE_BUCKETS


def lines(registry: CollectorRegistry) -> list[str]:
    text = generate_latest(registry).decode()
    return [line for line in text.splitlines() if "_created" not in line]


def test_counts_as_prometheus_own_histogram_value_by_value():
    ours, theirs = CollectorRegistry(), CollectorRegistry()
    bounds = (0.25, 0.5, 1.0)
    values = np.array([0.0, 0.25, 0.26, 0.5, 0.75, 1.0, 1.5], np.float32)
    ArrayHistogram("x", "Of x.", ["v"], bounds, ours).labels("1").observe(values)
    histogram = Histogram("x", "Of x.", ["v"], buckets=bounds, registry=theirs)
    for value in values.tolist():
        histogram.labels("1").observe(value)
    assert lines(ours) == lines(theirs)


def test_labels_are_counted_apart_and_add_up():
    registry = CollectorRegistry()
    histogram = ArrayHistogram("x", "Of x.", ["version", "layer"], (0.5, 1.0), registry)
    for _ in range(3):
        histogram.labels("1", "a").observe(np.array([0.1, 0.9], np.float32))
    histogram.labels("2", "a").observe(np.zeros(0, np.float32))
    of = {"version": "1", "layer": "a"}
    assert registry.get_sample_value("x_count", of) == 6
    assert registry.get_sample_value("x_bucket", {**of, "le": "0.5"}) == 3
    assert registry.get_sample_value("x_sum", of) == pytest.approx(3.0)
    assert registry.get_sample_value("x_count", {**of, "version": "2"}) == 0
    with pytest.raises(ValueError, match="received 1 values"):
        histogram.labels("1")


def test_a_name_is_taken_once():
    registry = CollectorRegistry()
    ArrayHistogram("x", "Of x.", [], (1.0,), registry)
    with pytest.raises(ValueError, match="Duplicated"):
        ArrayHistogram("x", "Of x.", [], (1.0,), registry)


def test_the_buckets_of_scores_go_from_a_ten_thousandth_to_one():
    assert SCORE_BUCKETS[0] == 0.0001
    assert SCORE_BUCKETS[-1] == 1.0
    ratios = np.divide(SCORE_BUCKETS[1:], SCORE_BUCKETS[:-1])
    assert ratios.min() > 1.3
    assert ratios.max() < 1.7
