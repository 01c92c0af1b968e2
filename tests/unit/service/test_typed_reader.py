"""The fast way takes a body only if the exact way reads the same values from it."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.features import Encoder, FeatureSpec, Field
from service.errors import InvalidQueryError, MalformedBodyError
from service.parsing.columns import ColumnReader
from service.parsing.parts import Parts
from service.parsing.query import parse_query
from service.parsing.typed_reader import TypedReader

SPEC = FeatureSpec(
    (
        Field("price", "numeric", "candidate", "squared_log"),
        Field("user", "categorical", "context"),
        Field("ad id", "categorical", "candidate"),
        Field("Größe", "categorical", "context"),
    ),
    min_count=1,
)
KNOWN = frozenset(SPEC.names)
FAST = TypedReader(SPEC, ranks=True)
EXACT = ColumnReader(Encoder(SPEC))


def exactly(body: bytes) -> Parts | None:
    """Read the exact way; ``None`` if it refuses."""
    try:
        query = parse_query(body, 5)
        columns, _ = EXACT.read(query, KNOWN)
        EXACT.check_integers(query, KNOWN)
    except (InvalidQueryError, MalformedBodyError):
        return None
    return Parts.whole(columns)


def whole(parts: Parts) -> list[tuple[object, ...]]:
    """Merge the parts to whole rows; numbers with their types."""
    columns: list[tuple[object, ...]] = [()] * len(SPEC.fields)
    for block in parts.blocks:
        for field, column in zip(block.fields, block.columns, strict=True):
            columns[field] = column * (parts.rows // len(column))
    return [tuple((type(value), value) for value in column) for column in columns]


VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**66), 2**66),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=5),
    st.just(""),
    st.just([]),
    st.just({}),
)
NAMES = st.sampled_from([*SPEC.names, "unknown", "User"])
OBJECTS = st.dictionaries(NAMES, VALUES, max_size=4)
LISTS = st.lists(OBJECTS, max_size=7)
FORMS = st.one_of(
    st.fixed_dictionaries({"instances": LISTS}),
    st.fixed_dictionaries({"context": OBJECTS, "candidates": LISTS}),
    st.fixed_dictionaries(
        {"columns": st.dictionaries(NAMES, st.one_of(st.none(), st.lists(VALUES, max_size=3)))},
        optional={"context": st.none(), "instances": st.none()},
    ),
    st.dictionaries(
        st.sampled_from(["instances", "context", "candidates", "columns", "x"]),
        st.one_of(LISTS, OBJECTS, VALUES),
    ),
)


def is_integer_beyond_64_bits(parts: Parts) -> bool:
    return any(
        type(value) is int and not -(2**63) <= value < 2**64
        for block in parts.blocks
        for column in block.columns
        for value in column
    )


@settings(max_examples=1500, deadline=None)
@given(form=FORMS, spaces=st.booleans(), ascii_only=st.booleans())
def test_both_ways_read_the_same(form: object, spaces: bool, ascii_only: bool):
    body = json.dumps(form, indent=1 if spaces else None, ensure_ascii=ascii_only)
    encoded = body.encode("utf-8", "surrogatepass")
    fast = FAST.read(encoded, KNOWN, 5)
    if fast is None:
        return
    exact = exactly(encoded)
    if exact is None:
        numeric_text = any(
            isinstance(value, str)
            for block in fast.blocks
            for field, column in zip(block.fields, block.columns, strict=True)
            if SPEC.fields[field].kind == "numeric"
            for value in column
        )
        # What is left to the encoder, which refuses it.
        assert numeric_text or is_integer_beyond_64_bits(fast)
    elif not is_integer_beyond_64_bits(fast):
        assert whole(fast) == whole(exact)


@settings(max_examples=600, deadline=None)
@given(body=st.binary(max_size=60), cut=st.integers(0, 60), at=st.integers(0, 60))
def test_no_body_that_is_not_json_is_taken(body: bytes, cut: int, at: int):
    valid = b'{"instances": [{"price": 1.5, "user": "a\\u00e9", "ad id": 7}, {}]}'
    for text in (body, valid[:cut], valid[:at] + body + valid[at:], valid[:at] + valid[cut:]):
        if FAST.read(text, KNOWN, 5) is not None:
            assert exactly(text) is not None or b'"price"' in text


@pytest.mark.parametrize(
    "literal", [b"NaN", b"Infinity", b"1e999", b"-1e999", b'"\\ud800"', b"true", b"01", b"1."]
)
def test_what_is_no_json_or_no_value_takes_the_exact_way(literal: bytes):
    assert FAST.read(b'{"instances": [{"price": %s}]}' % literal, KNOWN, 5) is None


def test_the_last_of_two_equal_names_counts():
    parts = FAST.read(b'{"instances": [{"user": "a", "user": "b"}]}', KNOWN, 5)
    assert parts is not None
    assert parts.blocks[0].columns[1] == ("b",)


def test_a_context_is_kept_apart_only_if_the_release_ranks():
    body = json.dumps(
        {"context": {"user": "u"}, "candidates": [{"price": 1}, {"ad id": "x"}]}
    ).encode()
    apart = FAST.read(body, KNOWN, 5)
    merged = TypedReader(SPEC, ranks=False).read(body, KNOWN, 5)
    assert apart is not None
    assert merged is not None
    assert (apart.ranking, merged.ranking) == (True, False)
    assert [block.columns for block in apart.blocks] == [
        [("u",), (None,)],
        [(1, None), (None, "x")],
    ]
    assert merged.blocks[0].columns == [(1, None), ("u", "u"), (None, "x"), (None, None)]


def test_columns_are_the_rows_that_they_make():
    body = b'{"columns": {"price": [1, null, 2.5], "user": ["a", 7, ""]}}'
    parts = FAST.read(body, KNOWN, 5)
    assert parts is not None
    assert parts.rows == 3
    assert parts.blocks[0].columns == [(1, None, 2.5), ("a", 7, ""), (None,) * 3, (None,) * 3]
    exact = exactly(body)
    assert exact is not None
    assert whole(parts) == whole(exact)


@pytest.mark.parametrize(
    ("columns", "place", "received"),
    [
        ('{"price": [1, 2], "user": ["a"]}', "#/columns", "1 to 2 values"),
        ('{"price": []}', "#/columns", "0 rows"),
        ("{}", "#/columns", "0 rows"),
        ("[]", "#/columns", "array"),
        ('{"price": 1}', "#/columns/price", "integer"),
        ('{"price": [1, true]}', "#/columns/price/1", "boolean"),
        ('{"nobody": [1]}', "#/columns/nobody/0", "an unknown name"),
        ('{"price": [1, 2, 3, 4, 5, 6]}', "#/columns", "6 rows"),
    ],
)
def test_wrong_columns_are_refused_with_their_place(columns: str, place: str, received: str):
    body = f'{{"columns": {columns}}}'.encode()
    assert FAST.read(body, KNOWN, 5) is None
    with pytest.raises(InvalidQueryError) as caught:
        EXACT.read(parse_query(body, 5), KNOWN)
    violation = caught.value.violations[0]
    assert (violation.pointer, violation.received) == (place, received)


@pytest.mark.parametrize("value", ["3", '"x"', "true", "null", "1e300"])
def test_fields_of_another_release_are_accepted_and_not_read(value: str):
    reader = TypedReader(SPEC, ranks=True)
    body = f'{{"instances": [{{"old": {value}, "price": 1}}]}}'.encode()
    assert reader.read(body, KNOWN, 5) is None
    parts = reader.read(body, KNOWN | {"old"}, 5)
    assert parts is not None
    assert [column[0] for column in parts.blocks[0].columns] == [1, None, None, None]


@pytest.mark.parametrize("value", ["1" + "0" * 400, "1e999", "[1]", "{}"])
def test_what_another_releases_field_may_not_hold_takes_the_exact_way(value: str):
    body = f'{{"instances": [{{"old": {value}}}]}}'.encode()
    assert TypedReader(SPEC, ranks=True).read(body, KNOWN | {"old"}, 5) is None
