"""Encoder: one result for rows and columns, and errors that say where."""

import gzip
from itertools import islice

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.errors import FieldTypeError, InvalidInputError, UnknownFieldError
from model.features import Encoder, FeatureSpec, Field, fingerprint
from tests.real_data import REAL_DATA, needs_real_data
from tests.unit.features.strategies import FLOATS, specs_and_rows

SPEC = FeatureSpec(
    (
        Field("I1", "numeric", "context", "squared_log"),
        Field("C1", "categorical", "candidate"),
        Field("C2", "categorical", "candidate", hash_buckets=10),
    ),
    min_count=1,
)
ENCODER = Encoder(SPEC)


def test_a_small_example_by_hand():
    marks = ENCODER.fingerprint_rows([{"I1": 5, "C1": "a"}, {"C1": 7, "C2": "x"}])
    bucket = fingerprint("C2", "x") % 10
    assert marks.dtype == np.uint64
    assert marks.tolist() == [
        [fingerprint("I1", "b2"), fingerprint("C1", "a"), fingerprint("C2", "")],
        [fingerprint("I1", ""), fingerprint("C1", "7"), fingerprint("C2", f"#{bucket}")],
    ]


@given(specs_and_rows())
def test_rows_and_columns_give_the_same_fingerprints(drawn):
    spec, rows = drawn
    encoder = Encoder(spec)
    marks = encoder.fingerprint_rows(rows)
    assert marks.shape == (len(rows), len(spec.fields))
    lists = {name: [row.get(name) for row in rows] for name in spec.names}
    np.testing.assert_array_equal(encoder.fingerprint_columns(lists), marks)
    arrays = {name: np.array([*column, None], object)[:-1] for name, column in lists.items()}
    np.testing.assert_array_equal(encoder.fingerprint_columns(arrays), marks)
    for row, expected in zip(rows, marks, strict=True):
        one = [field.fingerprint(row.get(field.field.name)) for field in encoder.fields]
        assert one == expected.tolist()


@given(st.lists(st.none() | FLOATS, min_size=1))
def test_a_float_column_holds_its_missing_values_as_nan(numbers):
    rows = [{} if number is None else {"I1": number} for number in numbers]
    column = np.array([np.nan if number is None else number for number in numbers])
    np.testing.assert_array_equal(
        ENCODER.fingerprint_columns({"I1": column}), ENCODER.fingerprint_rows(rows)
    )


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int64, np.uint64, np.float32, np.float64])
def test_numbers_of_any_width_are_the_same_levels(dtype):
    numbers = [0, 1, 2, 3, 100, 3, 0]
    rows = [{"I1": number} for number in numbers]
    np.testing.assert_array_equal(
        ENCODER.fingerprint_columns({"I1": np.array(numbers, dtype)}),
        ENCODER.fingerprint_rows(rows),
    )


def test_a_column_of_integers_is_a_category():
    columns = {"C1": np.array([-(2**63), 5, 2**63 - 1]), "C2": np.array(["a", "", "b"])}
    rows = [{"C1": -(2**63), "C2": "a"}, {"C1": 5}, {"C1": 2**63 - 1, "C2": "b"}]
    np.testing.assert_array_equal(
        ENCODER.fingerprint_columns(columns), ENCODER.fingerprint_rows(rows)
    )


def test_an_absent_column_is_missing_in_every_row():
    marks = ENCODER.fingerprint_columns({"C1": ["a", "b"]})
    np.testing.assert_array_equal(marks, ENCODER.fingerprint_rows([{"C1": "a"}, {"C1": "b"}]))


@pytest.mark.parametrize("columns", [{}, {"C1": []}, {"I1": np.empty(0), "C1": ()}])
def test_no_rows_have_no_fingerprints(columns):
    assert ENCODER.fingerprint_columns(columns).shape == (0, 3)
    assert ENCODER.fingerprint_rows([]).shape == (0, 3)


def test_an_empty_row_is_missing_in_every_field():
    empty = [fingerprint(name, "") for name in SPEC.names]
    assert ENCODER.fingerprint_rows([{}]).tolist() == [empty]


@pytest.mark.parametrize(
    ("column", "received"),
    [
        (np.array([True, False]), "bool"),
        (np.array([b"a", b"b"]), "bytes"),
        (np.array(["2024-01-01"], "M8[D]"), "date"),
        (np.array([1.5, 2.5]), "float"),
        (np.array([1, True], object), "bool"),
        ([1, 1.0], "float"),
        ([["a"]], "list"),
    ],
)
def test_a_column_of_the_wrong_type_is_refused(column, received):
    with pytest.raises(FieldTypeError) as caught:
        ENCODER.fingerprint_columns({"C1": column})
    assert (caught.value.field, caught.value.received) == ("C1", received)


def test_columns_that_do_not_fit_are_refused():
    with pytest.raises(InvalidInputError, match="must be of equal length; received"):
        ENCODER.fingerprint_columns({"C1": ["a"], "C2": ["a", "b"]})
    with pytest.raises(InvalidInputError, match="column 'C1': must have one dimension; received 2"):
        ENCODER.fingerprint_columns({"C1": np.zeros((2, 2))})
    with pytest.raises(UnknownFieldError, match="field 'C3': must be one of the spec's 3 fields"):
        ENCODER.fingerprint_columns({"C3": ["a"]})


def test_the_first_bad_row_is_the_one_reported():
    rows = [{"C1": "a"}, {"C2": 1.5, "C1": True}, {"I1": "3"}, {"C9": 1}]
    with pytest.raises(FieldTypeError) as caught:
        ENCODER.fingerprint_rows(rows)
    assert str(caught.value) == ("field 'C1': must be a string or an integer; received bool")
    assert caught.value.__notes__ == ["row 1"]


def test_all_problems_can_be_listed_with_their_rows():
    rows = [{"C1": "a"}, {"C2": 1.5, "C1": True}, {"I1": "3"}, {"C9": 1, "I1": 2}]
    found = [(row, error.field, error.received) for row, error in ENCODER.problems(rows)]
    assert found == [
        (1, "C1", "bool"),
        (1, "C2", "float"),
        (2, "I1", "str"),
        (3, "C9", "an unknown name"),
    ]
    assert len(ENCODER.problems(rows, limit=2)) == 2
    assert ENCODER.problems(rows[:1]) == []


def test_the_name_of_an_unknown_field_is_shown_only_in_part():
    with pytest.raises(UnknownFieldError) as caught:
        ENCODER.fingerprint_rows([{"x" * 1_000_000: 1}])
    assert caught.value.field == "x" * 64 + "..."


@needs_real_data
def test_rows_and_columns_of_a_real_log_give_the_same_fingerprints():
    fields = [
        *(Field(f"I{i}", "numeric", "context", "squared_log") for i in range(1, 14)),
        *(Field(f"C{i}", "categorical", "candidate") for i in range(1, 27)),
    ]
    encoder = Encoder(FeatureSpec(tuple(fields), min_count=1))
    with gzip.open(REAL_DATA / "criteo" / "criteo_70k.txt.gz", "rt") as log:
        lines = [line.rstrip("\n").split("\t")[1:] for line in islice(log, 2000)]
    columns = {
        field.name: [int(text) if text else None for text in texts]
        if field.kind == "numeric"
        else texts
        for field, texts in zip(fields, zip(*lines, strict=True), strict=True)
    }
    rows = [
        {name: column[place] for name, column in columns.items() if column[place] not in (None, "")}
        for place in range(len(lines))
    ]
    floats = {
        name: np.array(column, np.float64) if name.startswith("I") else np.array(column, object)
        for name, column in columns.items()
    }
    marks = encoder.fingerprint_rows(rows)
    np.testing.assert_array_equal(encoder.fingerprint_columns(columns), marks)
    np.testing.assert_array_equal(encoder.fingerprint_columns(floats), marks)
    assert len(np.unique(marks)) > 10_000
