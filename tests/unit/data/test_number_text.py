import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.errors import FieldTypeError
from training.datasets.number_text import parse_number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("3", 3),
        ("-2", -2),
        ("+4", 4),
        ("007", 7),
        ("3.0", 3.0),
        ("-0", 0),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("5.", 5.0),
        ("18446744073709551615", 2**64 - 1),
    ],
)
def test_reads_the_number_that_json_would_carry(text: str, number: float):
    found = parse_number("I1", text)
    assert found == number
    assert type(found) is type(number)


def test_empty_is_missing():
    assert parse_number("I1", "") is None


@pytest.mark.parametrize(
    "text",
    [
        "abc",
        "1_000",
        "nan",
        "inf",
        "-Infinity",
        " 1",
        "1 ",
        "0x10",
        "1,5",
        "٣",
        "²",
        "-",
        ".",
        "e5",
        "--1",
        "1e",
        "1" * 401,
        "True",
    ],
)
def test_refuses_what_is_no_plain_number(text: str):
    with pytest.raises(FieldTypeError, match=r"field 'I1': must be a number") as caught:
        parse_number("I1", text)
    assert len(str(caught.value)) < 150


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_float_comes_back_as_it_was_written(number: float):
    assert parse_number("I1", repr(number)) == number


@given(st.integers(-(2**63), 2**64 - 1))
def test_every_integer_comes_back_as_an_integer(number: int):
    found = parse_number("I1", str(number))
    assert found == number
    assert type(found) is int
