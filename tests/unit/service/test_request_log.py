import numpy as np
import pytest
from structlog.testing import capture_logs

from service.account import Account
from service.errors import OverloadedError
from service.prediction import Prediction
from service.problems import problem_of
from service.request_log import RequestLog
from service.sampler import Sampler
from service.stage_clock import StageClock
from service.tiers.embedded import Embedded

MS = 1_000_000


def make_account() -> Account:
    account = Account()
    account.clock = StageClock()
    account.clock.lap("score")
    embedded = Embedded((np.zeros((3, 2, 1), np.float32),), [np.zeros((2, 3), np.uint8)])
    embedded.degraded.append("redis_timeout")
    account.prediction = Prediction("dynint", "7", np.full(3, 0.5, np.float32), embedded)
    return account


def test_a_sampled_request_is_told_of_with_all_that_explains_it():
    with capture_logs() as lines:
        RequestLog(1.0, 100).answered("abc", "/predict", 200, 2 * MS, make_account())
    (line,) = lines
    assert line.pop("stages_ms").keys() == {"score"}
    assert line == {
        "event": "request",
        "log_level": "info",
        "request_id": "abc",
        "route": "/predict",
        "status": 200,
        "ms": 2.0,
        "version": "7",
        "rows": 3,
        "degraded": ["redis_timeout"],
    }


def test_the_sample_is_decided_by_the_id():
    log = RequestLog(0.5, 100)
    ids = [f"id{number}" for number in range(100)]
    with capture_logs() as lines:
        for each in ids:
            log.answered(each, "/predict", 200, MS, Account())
    assert [line["request_id"] for line in lines] == [*filter(Sampler(0.5).takes, ids)]


def test_slow_requests_are_told_of_without_a_sample_ten_a_second():
    log = RequestLog(0.0, 100)
    with capture_logs() as lines:
        log.answered("quick", "/predict", 200, 100 * MS, Account())
        for _ in range(50):
            log.answered("slow", "/predict", 200, 101 * MS, Account())
    assert {line["request_id"] for line in lines} == {"slow"}
    assert 10 <= len(lines) <= 20  # 20 if a second ends in between


def fail(log: RequestLog, error: Exception) -> None:
    log.failed("abc", "/predict", MS, Account(), error, problem_of(error))


def test_each_kind_of_failure_is_told_of_once_a_second_and_every_bug():
    log = RequestLog(0.0, 100)
    with capture_logs() as lines:
        for _ in range(20):
            fail(log, OverloadedError("requests: too many"))
            fail(log, KeyError("a bug"))
    kinds = [line["error"] for line in lines]
    assert kinds.count("KeyError") == 20
    assert 1 <= kinds.count("OverloadedError") <= 2
    assert {line["status"] for line in lines} == {500, 503}
    assert {line["log_level"] for line in lines} == {"error", "warning"}


@pytest.mark.parametrize(("share", "count"), [(0.0, 0), (1.0, 1)])
def test_what_is_not_known_is_left_out(share: float, count: int):
    with capture_logs() as lines:
        RequestLog(share, 100).answered("abc", "/livez", 200, MS, Account())
    assert [set(line) for line in lines] == count * [
        {"event", "log_level", "request_id", "route", "status", "ms"}
    ]
