import numpy as np
from prometheus_client import generate_latest

from service.metrics import Metrics
from service.prediction import Prediction
from service.stage_clock import StageClock
from service.tiers.embedded import Embedded
from tests.unit.service.fakes import make_release


def count(metrics: Metrics, version: str) -> None:
    """Observe a request of one row that L1 had, answered by a version that goes live."""
    metrics.set_live(make_release(version))
    observe(metrics, version)


def observe(metrics: Metrics, version: str) -> None:
    """Observe such a request."""
    embedded = Embedded((np.zeros((1, 3, 2), np.float32),), [np.zeros((3, 1), np.uint8)])
    embedded.hits["l1"] = 3
    clock = StageClock()
    clock.lap("score")
    scores = np.full(1, 0.5, np.float32)
    metrics.observe(Prediction("dynint", version, scores, embedded, 0, None), clock)


def test_figures_of_versions_that_were_live_long_ago_are_dropped():
    metrics = Metrics()
    for version in range(1, 31):
        count(metrics, str(version))
        count(metrics, "3")  # is rolled back to again and again
    written = generate_latest(metrics.registry).decode()
    kept = {version for version in range(1, 31) if f'model_version="{version}"' in written}
    assert kept == {3, *range(24, 31)}
    size = len(written)
    count(metrics, "31")
    assert len(generate_latest(metrics.registry)) < 1.05 * size
    assert metrics.registry.get_sample_value("dynint_rows_total", {"model_version": "3"}) == 31


def test_figures_of_canaries_are_dropped_too_but_never_the_live_ones():
    metrics = Metrics()
    count(metrics, "1")
    for version in range(2, 31):  # a canary a night, none of which is promoted
        metrics.set_canary(make_release(str(version)))
        observe(metrics, str(version))
        observe(metrics, "1")
    written = generate_latest(metrics.registry).decode()
    kept = {version for version in range(1, 31) if f'model_version="{version}"' in written}
    assert kept == {1, *range(24, 31)}
    assert metrics.registry.get_sample_value("dynint_rows_total", {"model_version": "1"}) == 30
