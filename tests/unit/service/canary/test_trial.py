from itertools import pairwise

import numpy as np
import pytest
from prometheus_client import CollectorRegistry
from structlog.testing import capture_logs

from model.features import fingerprint
from service import errors
from service.canary.failures import REASONS, reason_of
from service.canary.metrics import CanaryMetrics
from service.canary.thresholds import Thresholds
from service.canary.trial import Trial
from service.parsing.violation import Violation
from tests.unit.service.fakes import make_release

THRESHOLDS = Thresholds(100, 0.02, 2.0, 10.0, 0.25)
VIOLATION = Violation("#/instances/0/price", "price", "must be a number", "a string")
KEYS = [f"user{number}" for number in range(20_000)]


def make_trial(share: float, registry: CollectorRegistry | None = None) -> Trial:
    metrics = CanaryMetrics(registry or CollectorRegistry())
    return Trial(make_release("8"), make_release("7"), share, THRESHOLDS, metrics)


def taken(share: float) -> set[str]:
    trial = make_trial(share)
    return {key for key in KEYS if trial.takes(key)}


@pytest.mark.parametrize("share", [0.001, 0.05, 0.2, 0.5, 0.99])
def test_the_share_is_kept(share: float):
    deviation = (share * (1 - share) / len(KEYS)) ** 0.5
    assert abs(len(taken(share)) / len(KEYS) - share) < 4 * deviation


def test_a_growing_share_keeps_the_keys_it_has():
    shares = [0.01, 0.05, 0.2, 0.5, 1.0]
    sets = [taken(share) for share in shares]
    for smaller, larger in pairwise(sets):
        assert smaller < larger
    assert sets[-1] == set(KEYS)


def test_a_share_that_is_changed_is_as_if_it_had_always_been_so():
    trial = make_trial(0.9)
    trial.share = 0.05
    assert {key for key in KEYS if trial.takes(key)} == taken(0.05)


def test_a_key_is_chosen_by_its_fingerprint_in_every_process():
    assert fingerprint("dynint", "ann") == 15269162576323518344
    place = 15269162576323518344 / 2**64  # 0.82774
    assert not make_trial(place - 1e-6).takes("ann")
    assert make_trial(place + 1e-6).takes("ann")


def test_keys_of_all_kinds_have_a_place():
    trial = make_trial(1.0)
    assert all(map(trial.takes, ["", "=", "\xff\xfe", "x" * 30_000, "emoji \N{FROG FACE}"]))


def test_too_many_failures_end_it_at_once():
    registry = CollectorRegistry()
    trial = make_trial(1.0, registry)
    for count in range(1, 4):
        assert trial.verdict is None
        assert trial.takes("ann")
        trial.failed("late")
        assert trial.judge.failures == count
    assert trial.verdict == trial.look() == "errors"
    assert not trial.takes("ann")
    of_version = {"model_version": "8"}
    assert registry.get_sample_value("dynint_canary_requests_total", of_version) == 3
    labels = {**of_version, "reason": "late"}
    assert registry.get_sample_value("dynint_canary_failures_total", labels) == 3


def test_slowness_ends_it_at_the_next_look():
    trial = make_trial(1.0)
    scores = np.full(1, 0.5, np.float32)
    for _ in range(100):
        trial.live_answered(0.02, scores)
        trial.answered(0.05, scores)
    assert trial.takes("ann")
    assert trial.look() == "latency"
    assert not trial.takes("ann")


@pytest.mark.parametrize(("before", "verdict"), [(100, "latency"), (99, None)])
def test_the_times_of_before_the_trial_are_known_if_there_were_enough(
    before: int, verdict: str | None
):
    live = make_release("7")
    for _ in range(before):
        live.times.add(0.02)
    metrics = CanaryMetrics(CollectorRegistry())
    trial = Trial(make_release("8"), live, 1.0, THRESHOLDS, metrics)
    scores = np.full(1, 0.5, np.float32)
    for _ in range(100):
        trial.live_answered(0.6, scores)
        trial.answered(1.0, scores)
    assert trial.look() == verdict


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (errors.InvalidQueryError([VIOLATION]), "input"),
        (errors.VersionGoneError("x"), "gone"),
        (errors.ScorerUnavailableError("x"), "unavailable"),
        (errors.OverloadedError("x"), "overloaded"),
        (errors.ScoreError("x"), "no_probability"),
        (errors.TableError("x"), "table"),
        (errors.DeadlineError("x"), "late"),
        (errors.ScorerRefusedError("x"), "refused"),
        (ZeroDivisionError(), "internal"),
    ],
)
def test_each_failure_has_a_name_of_few(error: Exception, reason: str):
    assert reason_of(error) == reason
    assert reason in REASONS


def test_the_log_is_told_once_a_second_of_each_reason_and_nothing_of_callers_errors():
    trial = make_trial(1.0)
    with capture_logs() as lines:
        for _ in range(20):
            trial.note(errors.ScoreError("scores: must be finite"))
            trial.note(errors.InvalidQueryError([VIOLATION]))
    assert 1 <= len(lines) <= 2
    assert lines[0]["event"] == "canary_failed"
    assert (lines[0]["version"], lines[0]["reason"]) == ("8", "no_probability")


def test_figures_of_canaries_of_long_ago_are_dropped():
    registry = CollectorRegistry()
    metrics = CanaryMetrics(registry)
    for version in map(str, range(1, 31)):
        metrics.show(version, "trial", 0.5)
        metrics.routed(version)
        metrics.failed(version, "gone")
    kept = {
        sample.labels["model_version"]
        for family in registry.collect()
        for sample in family.samples
        if "model_version" in sample.labels
    }
    assert kept == set(map(str, range(23, 31)))
    metrics.show("", None, 0.0)
    assert registry.get_sample_value("dynint_canary_share") == 0
    assert (
        registry.get_sample_value("dynint_canary_state", {"model_version": "30", "state": "trial"})
        is None
    )
