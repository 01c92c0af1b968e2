import json

import numpy as np
import pytest

from service.canary.judge import Judge
from service.canary.latency_window import WINDOW, LatencyWindow
from service.canary.thresholds import Thresholds

LEAST = 50
ALLOWED = Thresholds(
    min_requests=LEAST,
    max_error_rate=0.1,
    max_latency_ratio=2.0,
    latency_floor_ms=10.0,
    max_score_shift=0.25,
)
SCORES = np.linspace(0.1, 0.3, 20, dtype=np.float32)


def judged(
    canary: int = LEAST,
    live: int = LEAST,
    failures: int = 0,
    canary_s: float = 0.02,
    live_s: float = 0.02,
    canary_scores: np.ndarray = SCORES,
    usual_s: float | None = None,
) -> Judge:
    judge = Judge(ALLOWED, usual_s)
    for _ in range(live):
        judge.live_answered(live_s, SCORES)
    for _ in range(canary):
        judge.answered(canary_s, canary_scores)
    for _ in range(failures):
        judge.failed("gone")
    return judge


def test_a_canary_like_the_live_release_goes_on():
    assert judged().verdict() is None
    assert judged(canary=10 * LEAST, live=LEAST).verdict() is None
    assert Judge(ALLOWED).verdict() is None


def test_errors_count_against_the_larger_of_the_minimum_and_what_there_was():
    assert judged(canary=0, failures=5).verdict() is None  # 5 of 50 at the least is 0.1
    assert judged(canary=0, failures=6).verdict() == "errors"  # whatever the next 44 do
    assert judged(canary=90, failures=10).verdict() is None
    assert judged(canary=89, failures=11).verdict() == "errors"


def test_one_that_breaks_after_long_is_stopped_as_soon_as_one_that_begins_broken():
    judge = judged(canary=50_000, failures=100)
    assert not judge.has_too_many_errors()
    judge = judged(canary=50_000)
    for _ in range(100):
        judge.failed("gone")
        assert not judge.has_too_many_errors()
    judge.failed("gone")
    assert judge.verdict() == "errors"


def test_without_tolerance_one_error_is_enough():
    judge = Judge(Thresholds(LEAST, 0.0, 2.0, 10.0, 0.25))
    assert not judge.has_too_many_errors()
    judge.failed("gone")
    assert judge.verdict() == "errors"


def test_times_are_compared_at_their_quantile():
    assert judged(canary_s=0.039).verdict() is None
    assert judged(canary_s=0.041).verdict() == "latency"
    assert judged(canary_s=0.001).verdict() is None
    few = judged(canary=96)
    for _ in range(4):
        few.answered(9.0, SCORES)
    assert few.verdict() is None  # below the 95th percentile
    for _ in range(4):
        few.answered(9.0, SCORES)
    assert few.verdict() == "latency"


def test_what_is_fast_enough_is_no_reason():
    assert judged(canary_s=0.019, live_s=0.001).verdict() is None
    assert judged(canary_s=0.021, live_s=0.001).verdict() == "latency"


def test_a_canary_that_slows_the_live_release_down_too_is_not_excused():
    # 1 + (1.0 - 0.6) / 0.02 = 21, where 1.0 / 0.6 alone would be 1.7
    slow = judged(canary_s=1.0, live_s=0.6, usual_s=0.02)
    assert slow.latency_ratio == pytest.approx(21)
    assert slow.verdict() == "latency"
    assert judged(canary_s=1.0, live_s=0.6).verdict() is None  # nobody knows
    # An hour with more load for both is no reason, nor one with less.
    assert judged(canary_s=0.065, live_s=0.06, usual_s=0.02).verdict() is None
    assert judged(canary_s=0.03, live_s=0.02, usual_s=0.06).latency_ratio == pytest.approx(1.5)
    assert judged(canary_s=0.005, live_s=0.6, usual_s=0.02).latency_ratio == 0


def test_only_the_last_times_count():
    judge = judged(canary=WINDOW, canary_s=9.0)
    for _ in range(WINDOW):
        judge.answered(0.02, SCORES)
    assert judge.verdict() is None


def test_scores_are_compared_over_the_trial():
    assert judged(canary_scores=SCORES + np.float32(0.002)).verdict() is None
    for shifted in (SCORES + np.float32(0.1), SCORES / 2):
        assert judged(canary_scores=shifted).verdict() == "scores"


@pytest.mark.parametrize(("canary", "live"), [(LEAST - 1, LEAST), (LEAST, LEAST - 1)])
def test_before_the_minimum_of_both_nothing_is_compared(canary: int, live: int):
    judge = judged(canary, live, canary_s=9.0, canary_scores=SCORES / 2)
    assert judge.verdict() is None
    assert judge.latency_ratio is None
    assert judge.score_shift is None
    judge.answered(9.0, SCORES / 2)
    judge.live_answered(0.02, SCORES)
    assert judge.verdict() == "latency"


def test_the_figures_are_json_at_any_time():
    for judge in (Judge(ALLOWED), judged(failures=3)):
        assert json.loads(json.dumps(judge.figures(), allow_nan=False)) == judge.figures()
    assert judged(failures=3).figures() == {
        "requests": 53,
        "live_requests": 50,
        "failures": {"gone": 3},
        "error_rate": 3 / 53,
        "latency_quantile": 0.95,
        "latency_seconds": pytest.approx(0.02),
        "live_latency_seconds": pytest.approx(0.02),
        "live_latency_seconds_before": None,
        "latency_ratio": pytest.approx(1.0),
        "score_shift": pytest.approx(0.0),
    }


def test_a_window_forgets_the_oldest():
    window = LatencyWindow(4)
    assert window.quantile(0.5) == 0.0
    for seconds in (9, 9, 1, 2, 3, 4):
        window.add(seconds)
    assert window.quantile(0.0) == 1
    assert window.quantile(0.5) == 2.5
    assert window.quantile(1.0) == 4
    assert window.count == 6
