import time

import pytest

from service.adaptive_limit import AdaptiveLimit

LATE, IN_TIME = 0.2, 0.01


def lowered(limit: AdaptiveLimit) -> AdaptiveLimit:
    """Let one request in every tenth of a second be late, until the limit can fall no further."""
    before = -1
    while limit.value != before:
        before = limit.value
        limit.started(LATE)
        time.sleep(0.11)
    return limit


def test_it_starts_at_the_most():
    limit = AdaptiveLimit(3, 0.05)
    limit.in_flight = 2
    assert not limit.is_reached
    limit.in_flight = 3
    assert limit.is_reached


def test_late_starts_lower_it_by_a_fifth_ten_times_a_second():
    limit = AdaptiveLimit(100, 0.05)
    for _ in range(50):
        limit.started(LATE)  # all within one tenth of a second: they came under the same limit
    assert limit.value == 80
    time.sleep(0.11)
    limit.started(LATE)
    assert limit.value == 64


@pytest.mark.parametrize(("most", "least"), [(10, 4), (2, 2)])
def test_it_never_refuses_everybody(most: int, least: int):
    assert lowered(AdaptiveLimit(most, 0.05)).value == least


def test_at_the_limit_one_more_is_let_in_per_limits_worth_of_requests_in_time():
    limit = lowered(AdaptiveLimit(10, 0.05))
    limit.in_flight = 4
    for _ in range(3):
        limit.started(IN_TIME)
    assert limit.value == 4
    for _ in range(2):
        limit.started(IN_TIME)
    assert limit.value == 5


def test_what_it_lost_in_a_moments_standstill_comes_back_under_light_load():
    limit = lowered(AdaptiveLimit(40, 0.05))
    assert limit.value == 4
    limit.in_flight = 1
    for _ in range(36):
        limit.started(IN_TIME)
    assert limit.value == 40


def test_many_that_are_in_time_may_become_as_many_as_the_most():
    limit = lowered(AdaptiveLimit(40, 0.05))
    limit.in_flight = 40
    for _ in range(1000):
        limit.started(IN_TIME)
    assert limit.value == 40


def test_those_that_came_together_use_it_until_the_last_of_them_starts():
    """They start one after the other, with ever fewer behind them."""
    limit = lowered(AdaptiveLimit(40, 0.05))
    for _ in range(4):
        limit.expect()
    for _ in range(4):
        limit.arrived()
        limit.started(IN_TIME)
    assert limit.value == 4  # by a fourth each, not by one
    time.sleep(0.25)  # more than two tenths of a second in which nobody uses it
    limit.started(IN_TIME)
    limit.started(IN_TIME)
    assert limit.value == 6
