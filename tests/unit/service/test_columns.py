import pytest

from service.errors import InvalidQueryError
from service.parsing.columns import ColumnReader
from service.parsing.query import Query, parse_query
from service.parsing.violation import Violation
from tests.unit.service.specs import ENCODER, KNOWN

READER = ColumnReader(ENCODER)
LENIENT = ColumnReader(ENCODER, ignore_unknown=True)


def refused(query: Query, reader: ColumnReader = READER) -> tuple[Violation, ...]:
    with pytest.raises(InvalidQueryError) as caught:
        reader.read(query, KNOWN)
    return caught.value.violations


def test_columns_have_the_specs_order_and_none_for_absent_values():
    query = Query([{"ad": "x", "price": 1, "user": "ann"}, {"price": 2.5}, {}])
    assert READER.read(query, KNOWN) == (
        [(1, 2.5, None), ("ann", None, None), ("x", None, None)],
        0,
    )


def test_an_unknown_field_is_refused_by_name():
    (violation,) = refused(Query([{}, {"Price": 1}]))
    assert violation[:2] == ("#/instances/1/Price", "Price")
    assert violation.received == "an unknown name"


def test_a_name_that_is_not_plain_is_described_instead_of_echoed():
    (violation,) = refused(Query([{"<b>" * 50: 1}]))
    assert violation.field == "(a name of 150 characters)"


def test_an_unknown_field_is_ignored_and_counted_by_setting():
    columns, ignored = LENIENT.read(Query([{"a": 1, "b": 2}, {"a": [], "price": 1}]), KNOWN)
    assert ignored == 3
    assert columns[0] == (None, 1)


def test_a_field_of_another_release_is_accepted():
    columns, ignored = READER.read(Query([{"new": {}, "price": 1}]), KNOWN | {"new"})
    assert (columns[0], ignored) == ((1,), 0)


@pytest.mark.parametrize("value", [True, False, "3", [], {}, "x"])
def test_a_numeric_field_takes_numbers_only(value: object):
    query = Query([{"price": value}])
    if isinstance(value, str):  # looked at where it is encoded: "" is the missing level
        error = READER.refuse(query, KNOWN)
        assert isinstance(error, InvalidQueryError)
        violations = error.violations
    else:
        violations = refused(query)
    assert [violation.field for violation in violations] == ["price"]
    assert violations[0].rule == "must be a number"


@pytest.mark.parametrize(
    ("value", "received"),
    [
        (True, "boolean"),
        (1.0, "number with a fraction or exponent"),
        (2.0**64, "number beyond 64 bits"),
        ([], "array"),
        ({}, "object"),
    ],
)
def test_a_categorical_field_takes_strings_and_integers_only(value: object, received: str):
    (violation,) = refused(Query([{"user": "ann"}, {"user": value}]))
    assert violation == (
        "#/instances/1/user",
        "user",
        "must be a string or an integer",
        received,
    )


def test_null_and_empty_are_accepted_everywhere():
    columns, _ = READER.read(
        Query([{"price": None, "user": None, "ad": None}, {"price": "", "user": "", "ad": ""}]),
        KNOWN,
    )
    assert columns == [(None, "")] * 3


def test_at_most_ten_violations_are_listed():
    with pytest.raises(InvalidQueryError) as caught:
        READER.read(Query([{"price": True}] * 10_000), KNOWN)
    assert len(caught.value.violations) == 10
    assert caught.value.more


def test_a_field_on_the_wrong_side_is_named():
    query = parse_query(b'{"context": {"user": 1, "price": 1}, "candidates": [{"user": 2}]}', 9)
    assert [violation.pointer for violation in refused(query)] == [
        "#/context/price",
        "#/candidates/0/user",
    ]
    assert [violation.pointer for violation in refused(query, LENIENT)] == [
        "#/context/price",
        "#/candidates/0/user",
    ]


def test_a_ranking_request_reads_like_its_merged_instances():
    query = parse_query(b'{"context": {"user": 7}, "candidates": [{"ad": "x"}, {"price": 1}]}', 9)
    merged = Query(query.merged())
    assert READER.read(query, KNOWN) == READER.read(merged, KNOWN)


@pytest.mark.parametrize(
    "literal", ["18446744073709551616", "-9223372036854775809", "1" + "0" * 99]
)
def test_integers_beyond_64_bits_are_found_in_the_body(literal: str):
    query = parse_query(b'{"instances": [{"price": %s}]}' % literal.encode(), 9)
    with pytest.raises(InvalidQueryError, match="integers must lie between"):
        READER.check_integers(query, KNOWN)


@pytest.mark.parametrize(
    "literal", ["18446744073709551615", "-9223372036854775808", "1e20", "-1e300"]
)
def test_what_only_looks_like_one_is_accepted(literal: str):
    query = parse_query(b'{"instances": [{"price": %s}]}' % literal.encode(), 9)
    READER.check_integers(query, KNOWN)
