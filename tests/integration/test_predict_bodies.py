"""POST /predict with bodies that nobody wrote the documentation for: faults 32 to 37."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.scorers.sum_scorer import SumScorer
from service.settings import Settings
from tests.integration.processes import LocalGateway, local_gateway
from tests.integration.raw_http import ROW, Answer, RawConnection, post


@pytest.fixture(scope="module")
def gateway(module_releases: Path) -> Iterator[LocalGateway]:
    settings = Settings(release_root=module_releases, model_name="sums", request_timeout_ms=20_000)
    with local_gateway(settings, SumScorer()) as running:
        yield running


def scores(answer: Answer) -> list[float]:
    assert answer.status == 200, answer
    return answer.json()["probabilities"]


def same(gateway: LocalGateway, one: str, other: str) -> bool:
    """Tell whether two bodies are scored alike."""
    with RawConnection(gateway.url) as connected:
        connected.send(post(one.encode()) + post(other.encode()))
        return scores(connected.answer()) == scores(connected.answer())


@pytest.mark.parametrize(
    ("twice", "last"),
    [
        ('{"instances": [{"I1": 1, "I1": 900}]}', '{"instances": [{"I1": 900}]}'),
        ('{"instances": [{"I1": true, "I1": 900}]}', '{"instances": [{"I1": 900}]}'),
        ('{"instances": [{"C4": "level1", "C4": null}]}', '{"instances": [{}]}'),
        ('{"instances": 3, "instances": [{"I1": 900}]}', '{"instances": [{"I1": 900}]}'),
        (
            '{"context": {"C4": "level1"}, "candidates": [{}], "context": {"C4": "level2"}}',
            '{"context": {"C4": "level2"}, "candidates": [{}]}',
        ),
        ('{"columns": {"I1": [1, 2], "I1": [900]}}', '{"columns": {"I1": [900]}}'),
        ('{"instances": [{"I1": 1, "\\u00491": 900}]}', '{"instances": [{"I1": 900}]}'),
    ],
)
def test_34_of_duplicate_keys_the_last_wins_in_every_form(
    gateway: LocalGateway, twice: str, last: str
):
    assert same(gateway, twice, last)
    assert not same(gateway, last, '{"instances": [{"I1": 3}]}')


def test_34_a_last_value_that_is_wrong_is_refused(connection: RawConnection):
    connection.send(post(b'{"instances": [{"I1": 3, "I1": true}]}'))
    assert connection.answer().problem(422)["errors"][0]["pointer"] == "#/instances/0/I1"


def test_34_the_document_says_so_for_every_form(gateway: LocalGateway):
    document = gateway.client.get("/openapi.json").json()
    (content,) = document["paths"]["/predict"]["post"]["requestBody"]["content"].values()
    forms = [each["$ref"].rpartition("/")[2] for each in content["schema"]["oneOf"]]
    assert forms == ["Instances", "Ranking", "Columns"]
    schemas = document["components"]["schemas"]
    for described in (schemas["Row"], schemas["Columns"]["properties"]["columns"]):
        assert "If a name comes twice, the last counts." in described["description"]
    for form in forms:
        answer = gateway.client.post("/predict", json=schemas[form]["example"])
        assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("wrong", ["true", "false", '"3"', '"x"', "[1]", "{}", "[]"])
@pytest.mark.parametrize(
    "form",
    [
        '{"instances": [{}, {"I1": %s}]}',
        '{"context": {}, "candidates": [{}, {"I1": %s}]}',
        '{"columns": {"I1": [1, %s]}}',
    ],
)
def test_35_what_is_no_number_is_refused_in_a_numeric_field(
    connection: RawConnection, form: str, wrong: str
):
    connection.send(post((form % wrong).encode()))
    (error,) = connection.answer().problem(422)["errors"]
    assert error["field"] == "I1"
    assert error["rule"] == "must be a number"
    assert "1" in error["pointer"]


@pytest.mark.parametrize("field", ["I1", "C4", "C5"])
@pytest.mark.parametrize("missing", ["null", '""'])
def test_36_null_and_the_empty_string_are_the_missing_level(
    gateway: LocalGateway, field: str, missing: str
):
    assert same(gateway, f'{{"instances": [{{"{field}": {missing}}}]}}', '{"instances": [{}]}')
    assert same(gateway, f'{{"columns": {{"{field}": [{missing}]}}}}', '{"instances": [{}]}')


@pytest.mark.parametrize(
    "body",
    [
        '{"instances": null}',
        '{"instances": [null]}',
        '{"instances": [{}], "context": null}',
        '{"instances": [{}], "columns": null, "candidates": null}',
        '{"instances": null, "context": {}, "candidates": [{}]}',
        '{"context": null, "candidates": [{}]}',
        '{"columns": null}',
        '{"columns": {"I1": null}}',
        '{"columns": {"I1": null, "C4": ["level1"]}}',
    ],
)
def test_36_null_is_no_form_and_no_column(connection: RawConnection, body: str):
    connection.send(post(body.encode()))
    assert connection.answer().problem(422)["errors"]


@pytest.mark.parametrize("place", ["instances", "candidates", "columns"])
def test_36_unknown_fields_are_named_and_long_names_are_not_echoed(
    connection: RawConnection, place: str
):
    names = {f"{'y' * 60}{place}": 1 for place in range(50)} | {"<script>": 1, "z" * 99_999: 1}
    body: dict[str, object] = {place: [names]}
    if place == "columns":
        body = {place: {name: [1] for name in names}}
    elif place == "candidates":
        body["context"] = {}
    connection.send(post(json.dumps(body).encode()))
    content = connection.answer().problem(422)  # under 4 KB
    assert len(content["errors"]) == 10
    assert content["more_errors"] is True
    assert content["errors"][0]["received"] == "an unknown name"


FORMS = {
    "instances": '{"instances": [%s]}',
    "candidates": '{"context": {"C4": "level1"}, "candidates": [%s]}',
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_37_ten_thousand_rows_are_scored_and_one_more_is_refused(
    connection: RawConnection, form: str
):
    def body(rows: int, row: str = '{"I1": 3}') -> bytes:
        return (form % ",".join([row] * rows)).encode()

    connection.send(post(body(10_000)) + post(body(10_001)) + post(body(10_000, '{"I1": true}')))
    assert len(scores(connection.answer())) == 10_000
    (error,) = connection.answer().problem(422)["errors"]
    assert (error["rule"], error["received"]) == ("must have 1 to 10,000 rows", "10,001 rows")
    assert len(connection.answer().problem(422)["errors"]) == 10


def test_37_columns_have_the_same_limit(connection: RawConnection):
    def body(rows: int) -> bytes:
        return json.dumps({"columns": {"I1": [3] * rows}}).encode()

    connection.send(post(body(10_000)) + post(body(10_001)))
    assert len(scores(connection.answer())) == 10_000
    connection.answer().problem(422)


def test_37_a_million_rows_are_refused_in_few_bytes(connection: RawConnection):
    connection.send(post(b'{"instances": [' + b"3," * 1_000_000 + b"3]}"))
    connection.answer().problem(422)


BROKEN = {
    "nothing": b"",
    "white space": b" \r\n\t",
    "trailing garbage": ROW + b"x",
    "two documents": ROW + ROW,
    "a byte order mark": b"\xef\xbb\xbf" + ROW,
    "UTF-16": ROW.decode().encode("utf-16"),
    "Latin-1": b'{"instances": [{"C4": "\xe9"}]}',
    "overlong UTF-8": b'{"instances": [{"C4": "\xc0\x80"}]}',
    "a raw NUL": b'{"instances": [{"C4": "\0"}]}',
    "a comment": b'{"instances": [{}] /* all */}',
    "a trailing comma": b'{"instances": [{},]}',
    "single quotes": b"{'instances': [{}]}",
    "a leading zero": b'{"instances": [{"I1": 01}]}',
    "a plus": b'{"instances": [{"I1": +1}]}',
    "a bare point": b'{"instances": [{"I1": 1.}]}',
    "minus infinity": b'{"instances": [{"I1": -Infinity}]}',
    "NaN in a column": b'{"columns": {"I1": [NaN]}}',
    "1e999 in an unknown field": b'{"instances": [{"nope": 1e999}]}',
    "10^400 in an unknown field": b'{"instances": [{"nope": 1' + b"0" * 400 + b"}]}",
    "10^5000 in a category": b'{"instances": [{"C4": 1' + b"0" * 5000 + b"}]}",
    "a surrogate in a name": b'{"instances": [{"\\ud800": 1}]}',
    "a surrogate that another value follows": b'{"instances": [{"C4": "\\ud800", "C4": "x"}]}',
    "a surrogate in UTF-8": b'{"instances": [{"C4": "\xed\xa0\x80"}]}',
    "deep in a value": b'{"instances": [{"C4": ' + b"[" * 100_000 + b"]" * 100_000 + b"}]}",
    "deep objects": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
}


@pytest.mark.parametrize("name", BROKEN)
def test_32_33_what_is_no_json_gets_400_and_the_connection_lives_on(
    connection: RawConnection, name: str
):
    connection.send(post(BROKEN[name]) + post(ROW))
    content = connection.answer().problem(400)
    assert content["type"] == "urn:dynint:problem:malformed-body"
    assert connection.answer().status == 200
