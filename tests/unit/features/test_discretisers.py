"""The three discretisers against a slow exact oracle, and at the places where they change."""

import math
from decimal import Context, Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.features import DISCRETISERS
from tests.unit.features.strategies import FLOATS, INTEGERS

EXACT = Context(prec=60)
NUMBERS = FLOATS.filter(bool) | INTEGERS.filter(bool).map(float)


def exact_level(name, value):
    """The equation before flooring, with 60 digits."""
    size = EXACT.create_decimal(abs(value))
    if name == "log_square":
        return EXACT.multiply(2, size.ln(EXACT))
    if name == "log_square_plus_one":
        return EXACT.add(EXACT.power(size, 2), 1).ln(EXACT)
    return EXACT.power(size.ln(EXACT), 2)


def exact_token(name, value):
    """The token by the book; ``None`` so near a boundary that a float64 logarithm may not tell."""
    if name == "squared_log" and abs(value) <= 2:
        return None
    level = exact_level(name, value)
    nearest = level.to_integral_value()
    if abs(level - nearest) < Decimal("8e-16") * max(1, abs(nearest)) and value not in (1, -1):
        return None
    bucket = math.floor(level)
    return f"b{bucket}" if value > 0 else f"-b{bucket}"


@pytest.mark.parametrize("name", sorted(DISCRETISERS))
@settings(deadline=None)
@given(value=NUMBERS)
def test_buckets_are_those_of_the_equation(name, value):
    expected = exact_token(name, value)
    if expected is not None:
        assert DISCRETISERS[name](value) == expected


@pytest.mark.parametrize("name", sorted(DISCRETISERS))
def test_integers_that_criteo_may_hold_are_exact(name):
    for value in [*range(3, 3000), *(10**power for power in range(4, 19))]:
        expected = exact_token(name, value)
        assert expected is not None
        assert DISCRETISERS[name](float(value)) == expected
        assert DISCRETISERS[name](float(-value)) == f"-{expected}"


@pytest.mark.parametrize(
    ("name", "boundary"),
    [
        *(("log_square", math.exp(k / 2)) for k in (-1400, -3, 1, 2, 9, 1400)),
        *(("log_square_plus_one", math.sqrt(math.expm1(k))) for k in (1, 2, 9, 40)),
        *(("log_square_plus_one", math.exp(k / 2)) for k in (43, 44, 1400)),
        *(("squared_log", math.exp(math.sqrt(k))) for k in (1, 2, 9, 100, 500_000)),
    ],
)
def test_a_bucket_starts_where_the_equation_says(name, boundary):
    below = DISCRETISERS[name](boundary * (1 - 1e-12))
    above = DISCRETISERS[name](boundary * (1 + 1e-12))
    assert int(above.lstrip("b")) == int(below.lstrip("b")) + 1


@pytest.mark.parametrize("name", sorted(DISCRETISERS))
@given(value=NUMBERS)
def test_a_sign_is_kept_and_changes_nothing_else(name, value):
    discretise = DISCRETISERS[name]
    assert discretise(-abs(value)) == f"-{discretise(abs(value))}"


@pytest.mark.parametrize("name", sorted(DISCRETISERS))
@given(small=FLOATS, large=FLOATS)
def test_larger_numbers_never_fall_into_lower_buckets(name, small, large):
    low, high = sorted([abs(small), abs(large)])
    tokens = DISCRETISERS[name](low), DISCRETISERS[name](high)
    if all(token.startswith("b") for token in tokens):
        assert int(tokens[0][1:]) <= int(tokens[1][1:])


@pytest.mark.parametrize("name", sorted(DISCRETISERS))
@given(value=FLOATS)
def test_zero_is_a_level_of_its_own(name, value):
    discretise = DISCRETISERS[name]
    assert discretise(0.0) == discretise(-0.0) == "0"
    assert (discretise(value) == "0") == (value == 0)


@given(value=st.floats(-2, 2).filter(bool))
def test_squared_log_keeps_small_values_apart_from_each_other(value):
    token = DISCRETISERS["squared_log"](value)
    assert float(token) == value


def test_a_small_value_and_a_bucket_never_share_a_token():
    squared_log = DISCRETISERS["squared_log"]
    assert [squared_log(value) for value in (1, 3, 4)] == ["1", "b1", "b1"]
    assert squared_log(2.0) == "2"
    assert squared_log(math.nextafter(2.0, 3.0)) == "b0"


@pytest.mark.parametrize("name", sorted(DISCRETISERS))
@pytest.mark.parametrize("value", [5e-324, 1e-200, 1e200, 1.7976931348623157e308])
def test_the_largest_and_the_smallest_numbers_have_levels(name, value):
    assert DISCRETISERS[name](value) not in {"", "0"}
