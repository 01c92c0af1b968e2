import pytest

from service.access.addresses import Addresses
from service.access.allowance import Allowance
from service.access.rate import Rate
from service.access.token_bucket import TokenBucket
from service.errors import RateLimitError


def test_a_bucket_gives_its_burst_and_then_its_rate():
    bucket = TokenBucket(2.0, 3.0, now_s=10.0)
    for _ in range(3):
        assert bucket.wait_s(10.0) == 0
        bucket.take()
    assert bucket.wait_s(10.0) == 0.5  # one of two per second
    assert bucket.wait_s(10.25) == 0.25
    assert bucket.wait_s(10.5) == 0


def test_a_bucket_holds_no_more_than_its_burst_however_long_it_rests():
    bucket = TokenBucket(2.0, 3.0, now_s=0.0)
    assert bucket.wait_s(1e6, 3.0) == 0
    assert bucket.wait_s(1e6, 4.0) == 0.5


def test_a_debt_is_paid_before_anything_is_given():
    bucket = TokenBucket(10.0, 10.0, now_s=0.0)
    bucket.take(110)
    assert bucket.wait_s(0.0) == pytest.approx(10.1)
    assert bucket.wait_s(10.0) == pytest.approx(0.1)


def admitted(allowance: Allowance, now_s: float, tries: int) -> int:
    """Count how many requests are let in before the first that is not."""
    for done in range(tries):
        try:
            allowance.admit(now_s)
        except RateLimitError:
            return done
    return tries


@pytest.mark.parametrize(
    ("rate", "at_once"),
    [
        (Rate(requests=5), 5),
        (Rate(requests=5, burst=8), 8),
        (Rate(requests=0.5), 1),
        (Rate(), 100),
        (Rate(burst=3), 100),  # a burst of no rate is none
    ],
)
def test_so_many_requests_are_let_in_at_once(rate: Rate, at_once: int):
    assert admitted(Allowance(rate, 0.0), 0.0, 100) == at_once


def test_over_a_minute_no_more_come_in_than_the_rate_and_one_burst():
    allowance = Allowance(Rate(requests=7, burst=20), 0.0)
    came_in = sum(admitted(allowance, tick / 100, 3) for tick in range(6000))
    assert 20 + 7 * 60 - 1 <= came_in <= 20 + 7 * 60


def test_rows_are_paid_afterwards_and_the_error_says_when_the_debt_is_gone():
    allowance = Allowance(Rate(rows=1000), 0.0)
    allowance.admit(0.0)
    allowance.admit(0.0)  # nothing was paid yet
    allowance.pay(10_000)
    with pytest.raises(RateLimitError, match="rows: must be at most 1000 per second") as caught:
        allowance.admit(0.0)
    assert (caught.value.limit, caught.value.retry_after_s) == ("rows", 10)
    assert admitted(allowance, 10.0, 5) == 5


def test_what_is_refused_costs_nothing():
    allowance = Allowance(Rate(requests=1), 0.0)
    assert admitted(allowance, 0.0, 9) == 1
    for _ in range(1000):
        assert admitted(allowance, 0.5, 1) == 0
    assert admitted(allowance, 1.0, 9) == 1


def test_the_error_names_the_limit_and_whole_seconds():
    allowance = Allowance(Rate(requests=0.25), 0.0)
    allowance.admit(0.0)
    with pytest.raises(RateLimitError, match=r"at most 0\.25 per second, 1 at once") as caught:
        allowance.admit(0.5)
    assert caught.value.retry_after_s == 4


def test_limits_of_a_caller_take_the_place_of_those_that_they_name():
    rate = Rate(requests=10, burst=50, rows=1000)
    assert rate.but({}) == rate
    assert rate.but({"rows": None}) == Rate(10, 50, None)
    assert rate.but({"requests": 99.0}) == Rate(99, 0, 1000)
    assert rate.but({"requests": None, "burst": 7.0}) == Rate(None, 7, 1000)


def addresses(most: int = 10) -> Addresses:
    return Addresses(Rate(requests=1), lambda: 0.0, most)


def test_each_address_has_its_own_and_ports_make_no_difference():
    found = addresses()
    assert found.of(("10.0.0.1", 1)) is found.of(("10.0.0.1", 2))
    assert found.of(("10.0.0.1", 1)) is not found.of(("10.0.0.2", 1))
    assert found.of(None) is found.of(None)


def test_a_network_of_ipv6_is_one_client_and_a_mapped_address_is_that_of_ipv4():
    found = addresses()
    assert found.of(("2001:db8:0:1::1", 1)) is found.of(("2001:db8:0:1:ffff::2", 1))
    assert found.of(("2001:db8:0:1::1", 1)) is not found.of(("2001:db8:0:2::1", 1))
    assert found.of(("::ffff:10.0.0.1", 1)) is found.of(("10.0.0.1", 1))
    assert found.of(("::1%lo:odd", 1)) is not None


def test_of_many_addresses_the_silent_ones_are_forgotten():
    found = addresses(most=10)
    first = found.of(("10.0.0.1", 1))
    for number in range(1000):
        found.of((f"10.1.{number // 250}.{number % 250}", 1))
        assert found.of(("10.0.0.1", 1)) is first  # it asked last but one
        assert len(found) <= 10
