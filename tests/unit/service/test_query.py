import pytest

from service.errors import InvalidQueryError, MalformedBodyError
from service.parsing.query import Query, parse_query


def violations(body: bytes) -> list[tuple[str, str]]:
    with pytest.raises(InvalidQueryError) as caught:
        parse_query(body, 3)
    return [(violation.pointer, violation.received) for violation in caught.value.violations]


def test_instances_are_rows():
    query = parse_query(b'{"instances": [{"a": 1}, {}]}', 3)
    assert query.rows == [{"a": 1}, {}]
    assert not query.ranking
    assert query.pointer(1, "a") == "#/instances/1/a"


def test_candidates_share_their_context():
    query = parse_query(b'{"context": {"u": 1}, "candidates": [{"a": 2}, {"a": 3}]}', 3)
    assert query.merged() == [{"u": 1, "a": 2}, {"u": 1, "a": 3}]
    assert query.pointer(1, "a") == "#/candidates/1/a"
    assert query.pointer(1, "u") == "#/context/u"


def test_of_duplicate_keys_the_last_wins():
    assert parse_query(b'{"instances": [{"a": 1, "a": 2}]}', 3).rows == [{"a": 2}]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b'{"instances": [{}',
        b'{"instances": [{}]} x',
        b"{'instances': []}",
        b'{"instances": [{"a": NaN}]}',
        b'{"instances": [{"a": Infinity}]}',
        b'{"instances": [{"a": -Infinity}]}',
        b'{"instances": [{"a": 1e999}]}',
        b'{"instances": [{"a": ' + b"1" + b"0" * 400 + b"}]}",
        b'{"instances": [{"a": "\\ud800"}]}',
        b'{"instances": [{"a": "\xff"}]}',
        b'\xef\xbb\xbf{"instances": [{}]}',
        b'{"instances": [{"a": 01}]}',
        b"[" * 100_000,
        b"[" * 100_000 + b"]" * 100_000,
        b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    ],
)
def test_what_is_not_json_is_malformed(body: bytes):
    with pytest.raises(MalformedBodyError, match="must be JSON"):
        parse_query(body, 3)


def test_a_body_of_another_form_is_named_by_its_type():
    assert violations(b"[]") == [("#", "array")]
    assert violations(b"3") == [("#", "integer")]
    assert violations(b"null") == [("#", "null")]
    assert violations(b"{}") == [("#", "no instances")]
    assert violations(b'{"context": {}}') == [("#", "no candidates")]


def test_unknown_members_are_named():
    assert violations(b'{"instances": [{}], "extra": 1}') == [
        ("#/extra", "a member that does not belong")
    ]
    assert violations(b'{"instances": [{}], "context": {}}') == [
        ("#/instances", "a member that does not belong")
    ]
    assert violations(b'{"instances": [{}], "<script>": 1}')[0][0] == "#/(a name of 8 characters)"


def test_rows_must_be_objects():
    assert violations(b'{"instances": {}}') == [("#/instances", "object")]
    assert violations(b'{"instances": [{}, [], 3]}') == [
        ("#/instances/1", "array"),
        ("#/instances/2", "integer"),
    ]
    assert violations(b'{"context": [], "candidates": [{}]}') == [("#/context", "array")]


def test_the_number_of_rows_is_limited():
    assert violations(b'{"instances": []}') == [("#/instances", "0 rows")]
    assert violations(b'{"candidates": [{},{},{},{}], "context": {}}') == [
        ("#/candidates", "4 rows")
    ]


def test_the_exact_parse_keeps_integers_of_any_size():
    body = b'{"instances": [{"a": 18446744073709551616}]}'
    assert type(parse_query(body, 3).rows[0]["a"]) is float
    assert parse_query(body, 3).exactly().rows == [{"a": 2**64}]


def test_the_exact_parse_refuses_what_is_nested_too_deeply_for_it():
    body = b'{"instances": [{"a": ' + b"[" * 1000 + b"]" * 1000 + b"}]}"
    query = Query([{}], None, body)
    with pytest.raises(MalformedBodyError, match="nested less deeply"):
        query.exactly()
